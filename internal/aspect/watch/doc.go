// Package watch lets persons, teams and outside mail addresses follow any record.
//
// It owns the table watcher. It declares no permissions of its own: whoever may view a record may follow it, whoever may
// change it may make others follow it. Event kinds: watch.watcher_added, watch.watcher_removed, watch.followed and
// watch.unfollowed; they stand in the history of the record they are about.
//
// Who is told of a record is more than who follows it: an owner adds those it concerns by its own data (the holder of a
// booking, the requester) with [Service.RegisterParties]; [Service.Recipients] gives both. To people the aspect is a
// Reassigner, a Forgetter, a TeamForgetter and a Rehomer.
//
// Invariants: a person, team or address follows a record once. Who stopped following stays out, also when a team of
// theirs follows or somebody mentions them, until they follow again. An outside address stops with the signed link at
// the end of each of its mails, without an account.
package watch
