package notify

import (
	"context"
	"fmt"
	"slices"

	"millrace/internal/aspect/watch"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// Topic makes a kind of event news.
type Topic struct {
	Event events.Kind
	// Title names it in choices and templates: "A booking was approved".
	Title string
	// Group gathers topics on the page of choices: "Bookings".
	Group string
	// Audience tells whom the event concerns beside those who follow the record; nil means nobody. It may name somebody
	// twice, who did it themselves, or who may not see the record: that is sorted out afterwards.
	Audience func(ctx context.Context, tx db.Tx, e events.Event) ([]watch.Recipient, error)
	// Followers says which followers and parties of the record are told; the zero value is all of them.
	Followers Followers
	// Through returns the unit by which the caller sees the record, or the not-found problem, where that is another question
	// than whether they may see the record's own unit; nil where it is not.
	Through func(ctx context.Context, tx db.Tx, e events.Event) (ref.Unit, error)
	// Standard is how people are told who chose nothing; the zero value is by inbox and by mail at once.
	Standard Channels
	// Template is the standard mail; an empty one is made of the title and the sentence of the event.
	Template Text
	// Placeholders are what templates may hold beside the built-in ones.
	Placeholders []Placeholder
	// Values gives the values of Placeholders when the mail is about to leave; nil takes the members of the event's data that
	// have the placeholder's Key. It may make links for the recipient alone, who has a person or an address and a reason.
	Values func(ctx context.Context, tx db.Tx, e events.Event, to watch.Recipient) (map[string]string, error)
}

// Followers says which followers of a record a topic is told to.
type Followers int

// The choices.
const (
	// AllFollowers also tells outside addresses.
	AllFollowers Followers = iota
	// InsideFollowers tells persons and teams.
	InsideFollowers
	// NoFollowers leaves it all to Audience.
	NoFollowers
)

// Text is the mail of a topic, with placeholders such as [[Record]].
type Text struct {
	Subject string `bun:"subject" json:"subject" maxLength:"300"`
	Body    string `bun:"body" json:"body" maxLength:"20000"`
}

// Placeholder is a name that templates may hold in double brackets.
type Placeholder struct {
	Name   string `json:"name" doc:"Written [[Name]] in a template."`
	Title  string `json:"title" doc:"What it stands for."`
	Sample string `json:"sample" doc:"What a preview shows."`
	// Key is the member of the event's data it stands for, where the topic has no Values.
	Key string `json:"-"`
}

var standardText = Text{Subject: "[[Record]]: [[Title]]", Body: "[[Sentence]]\n[[Time]]\n\n[[Changes]]"}

// Register declares topics. It panics on a kind of event that is not known or declared twice, and on a standard template
// that cannot be used: those are mistakes of the programmer which the first test shows.
func (s *Service) Register(topics ...Topic) {
	for _, t := range topics {
		if _, known := s.events.Definition(t.Event); !known || t.Title == "" || s.topics[t.Event].Event != "" {
			panic(fmt.Sprintf("topic %q is of no known event, without a title or declared twice", t.Event))
		}
		if t.Standard == (Channels{}) {
			t.Standard = Channels{Inbox: true, Mail: AtOnce}
		}
		if t.Standard.Mail == "" {
			t.Standard.Mail = Off
		}
		if t.Template == (Text{}) {
			t.Template = standardText
		}
		if err := checkText(t.Template, t.placeholders()); err != nil {
			panic(fmt.Sprintf("topic %q: %v", t.Event, err))
		}
		s.topics[t.Event] = t
		s.order = append(s.order, t.Event)
	}
}

// placeholders are all a template of the topic may hold.
func (t Topic) placeholders() []Placeholder { return append(slices.Clone(builtIn), t.Placeholders...) }

// values are those of the topic's own placeholders.
func (t Topic) values(ctx context.Context, tx db.Tx, e events.Event, to watch.Recipient) (map[string]string, error) {
	if t.Values != nil {
		return t.Values(ctx, tx, e, to)
	}
	out := make(map[string]string, len(t.Placeholders))
	for _, p := range t.Placeholders {
		if v, ok := e.Data[p.Key]; ok && v != nil {
			out[p.Name] = fmt.Sprint(v)
		}
	}
	return out, nil
}
