// Package notify tells people what happened to the records that concern them: in an inbox, by mail at once, or in a daily
// digest.
//
// An event becomes news when its kind is declared as a [Topic]. The event enqueues a job in its own transaction; the job
// asks the topic's Audience and the followers of the record whom to tell, leaves out who did it themselves, who is
// inactive and who may not see the record, and writes for each what they chose. Updates of one record to one person fold:
// a mail leaves when it has been quiet for a minute, at the latest ten minutes after the first update (see [Quiet]).
// Before a mail leaves, everything is decided again: templates, rights, whether the person is still there.
//
// It owns the tables notification, inbox_thread, mail_delivery, mail_template, notification_setting and
// notification_choice, publishes the view v_told (who was told of which record), and declares the permissions notify.manage_template, notify.view_delivery and
// notify.resend_delivery, which are about the whole organisation. Everybody who is signed in has their own inbox and
// choices. Event kinds: notify.template_changed, notify.template_reset, notify.delivery_resent, notify.choices_changed.
// What a person reads or archives is theirs and no event; open screens learn of it by a notice for that person alone.
//
// It asks of others: v_person, v_team_member and v_unit, the aspects subject, watch and stakeholder, [Principals] for what a person
// may see, and a mail.Sender.
//
// Invariants: an event is told to a person once. A mail is one row from the first update to the answer of the server; it
// is tried until the server takes it, refuses it or three days have passed, and a repetition carries the same Message-ID.
package notify
