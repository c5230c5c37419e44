// Package comment gives any record its conversation: comments in threads, as markdown that is kept as it was written.
//
// It owns the tables comment and comment_revision and declares the permission comment.write_comment; whoever may view a
// record may read its comments, whoever also holds the permission may write. One's own comments can be edited and deleted;
// whoever may change the record may delete those of others. Nothing is lost: what a comment said before stays among its
// revisions, and a deleted one shows as deleted.
//
// Event kinds: comment.added, comment.edited and comment.deleted; they stand in the history of the record and do not hold
// the text. [Service.Audience] and [Service.Values] are for notices: followers, parties and those mentioned are told.
//
// A person is mentioned as @[Name](person:id), which the web interface writes, or as @mail@address. Who writes or is
// mentioned follows the record from then on. A comment is internal unless it is marked external, and an outside address
// is told of external ones alone; a reply to an internal comment stays internal.
//
// The server never turns the text into HTML; whoever shows it renders it without raw HTML.
package comment
