package notify

import (
	"millrace/internal/aspect/comment"
)

// CommentTopics make comments on any record news. A comment tells who follows the record, its parties and whom it
// mentions; an edit tells whom it mentions anew; an outside address is told of external comments alone.
func CommentTopics(c *comment.Service) []Topic {
	text := []Placeholder{{Name: "Comment", Title: "What the comment says", Sample: "Could we have it on **Monday** instead?"}}
	body := "[[Sentence]]:\n\n[[Comment]]"
	return []Topic{
		{Event: comment.Added, Title: "A comment was written", Group: "Comments", Audience: c.Audience, Followers: NoFollowers,
			Placeholders: text, Values: c.Values, Template: Text{Subject: "[[Actor]] commented on [[Record]]", Body: body}},
		{Event: comment.Edited, Title: "A comment mentions you anew", Group: "Comments", Audience: c.Audience, Followers: NoFollowers,
			Placeholders: text, Values: c.Values, Template: Text{Subject: "[[Actor]] mentioned you on [[Record]]", Body: body}},
	}
}
