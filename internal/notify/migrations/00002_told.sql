-- +goose Up
CREATE INDEX notification_subject ON notification (subject_kind, subject_id, at, id);

-- Who was told of which record, and what became of the mail where there was one.
CREATE VIEW v_told AS
SELECT n.id, n.event_id, n.event_kind, n.subject_kind, n.subject_id, n.person_id, n.reason, n.sentence, n.at, n.in_inbox,
       d.recipient, d.mode AS mail_mode, d.state AS mail_state, d.sent_at AS mail_sent_at, d.due_at AS mail_due_at
FROM notification AS n LEFT JOIN mail_delivery AS d ON d.id = n.delivery_id
WHERE n.in_inbox OR n.delivery_id IS NOT NULL;
