package notify

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/watch"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// The letters of RACI as recipients name them.
const (
	Responsible = "responsible"
	Accountable = "accountable"
	Consulted   = "consulted"
	Informed    = "informed"
)

// Recipients changes whom the mail of a topic goes to.
type Recipients struct {
	// Reasons keeps, of those the event concerns, who is told for one of these; empty keeps all.
	Reasons []watch.Reason `json:"reasons,omitempty" doc:"Mail goes only to those told for one of these reasons; empty for all."`
	// RACI adds stakeholders of the record by their letters; Persons, Teams and Emails add whom they name.
	RACI    []string     `json:"raci,omitempty" doc:"Tell stakeholders of the record too: responsible, accountable, consulted, informed."`
	Persons []ref.Person `json:"persons,omitempty"`
	Teams   []ref.Team   `json:"teams,omitempty"`
	Emails  []string     `json:"emails,omitempty" doc:"Outside addresses. They get every mail of the topic, whatever the unit."`
}

// MailTemplate is the mail of a topic as it is sent.
type MailTemplate struct {
	bun.BaseModel `bun:"table:mail_template,alias:m" json:"-"`

	Topic  events.Kind `bun:"topic,pk" json:"topic"`
	Active bool        `bun:"active" json:"active" doc:"False: no mails are sent of this topic."`
	Text
	Recipients Recipients `bun:"recipients,type:jsonb" json:"recipients"`
	Version    int64      `bun:"version" json:"version"`
	UpdatedAt  time.Time  `bun:"updated_at" json:"updatedAt,omitzero"`
	UpdatedBy  string     `bun:"updated_by" json:"updatedBy,omitempty"`
}

// template is the mail of a topic: what an administrator made of it, or the standard, whose version is 1.
func (s *Service) template(ctx context.Context, tx db.Tx, topic Topic) (MailTemplate, error) {
	out := MailTemplate{Topic: topic.Event, Active: true, Text: topic.Template, Version: 1}
	var rows []MailTemplate
	err := tx.NewSelect().Model(&rows).Where("m.topic = ?", topic.Event).Scan(ctx)
	if len(rows) == 1 {
		out = rows[0]
		out.UpdatedAt = out.UpdatedAt.UTC()
	}
	return out, err
}

func (s *Service) topic(kind events.Kind) (Topic, error) {
	t, known := s.topics[kind]
	if !known {
		return t, authz.ErrNotFound
	}
	return t, nil
}

// Templates returns the mails of all topics.
func (s *Service) Templates(ctx context.Context) (out []MailTemplate, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := checkWide(ctx, PermManageTemplate); err != nil {
			return err
		}
		out = make([]MailTemplate, 0, len(s.order))
		for _, kind := range s.order {
			t, err := s.template(ctx, tx, s.topics[kind])
			if err != nil {
				return err
			}
			out = append(out, t)
		}
		return nil
	})
	return out, err
}

// Template returns the mail of one topic.
func (s *Service) Template(ctx context.Context, kind events.Kind) (out MailTemplate, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := checkWide(ctx, PermManageTemplate); err != nil {
			return err
		}
		topic, err := s.topic(kind)
		if err != nil {
			return err
		}
		out, err = s.template(ctx, tx, topic)
		return err
	})
	return out, err
}

// TemplateChange is a template as it is saved.
type TemplateChange struct {
	Text
	Active     bool       `json:"active"`
	Recipients Recipients `json:"recipients,omitempty"`
}

// SaveTemplate changes the mail of a topic. Mails that wait already are written by it.
func (s *Service) SaveTemplate(ctx context.Context, kind events.Kind, version int64, in TemplateChange) (out MailTemplate, err error) {
	err = s.editTemplate(ctx, kind, version, TemplateChanged, func(ctx context.Context, tx db.Tx, topic Topic, before MailTemplate) (MailTemplate, error) {
		if err := checkText(in.Text, topic.placeholders()); err != nil {
			return before, err
		}
		if err := checkRecipients(ctx, tx, in.Recipients); err != nil {
			return before, err
		}
		out = before
		out.Active, out.Text, out.Recipients = in.Active, in.Text, in.Recipients
		return out, nil
	}, &out)
	return out, err
}

// ResetTemplate brings the standard mail of a topic back.
func (s *Service) ResetTemplate(ctx context.Context, kind events.Kind, version int64) (out MailTemplate, err error) {
	err = s.editTemplate(ctx, kind, version, TemplateReset, func(_ context.Context, _ db.Tx, topic Topic, before MailTemplate) (MailTemplate, error) {
		before.Active, before.Text, before.Recipients = true, topic.Template, Recipients{}
		return before, nil
	}, &out)
	return out, err
}

// editTemplate saves what fn makes of a template, one version on. A row stays where the standard was brought back, so that
// versions never repeat.
func (s *Service) editTemplate(ctx context.Context, kind events.Kind, version int64, what events.Kind,
	fn func(context.Context, db.Tx, Topic, MailTemplate) (MailTemplate, error), out *MailTemplate) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := checkWide(ctx, PermManageTemplate); err != nil {
			return err
		}
		topic, err := s.topic(kind)
		if err != nil {
			return err
		}
		first := MailTemplate{Topic: kind, Active: true, Text: topic.Template, Version: 1, UpdatedAt: s.clock.Now()}
		if _, err := tx.NewInsert().Model(&first).On("CONFLICT (topic) DO UPDATE SET version = m.version").Exec(ctx); err != nil {
			return err
		}
		before, err := s.template(ctx, tx, topic)
		if err != nil {
			return err
		}
		if before.Version != version {
			return httpapi.Stale(before.Version, before)
		}
		after, err := fn(ctx, tx, topic, before)
		if err != nil {
			return err
		}
		after.Version, after.UpdatedAt, after.UpdatedBy = version+1, s.clock.Now(), authz.From(ctx).Name
		if _, err := tx.NewUpdate().Model(&after).WherePK().Exec(ctx); err != nil {
			return err
		}
		*out = after
		return s.events.Append(ctx, tx, events.Event{Kind: what, SubjectID: string(kind), SubjectLabel: topic.Title, Changes: events.Diff(before, after, "updatedBy")})
	})
}

const maxRecipients = 100

func checkRecipients(ctx context.Context, tx db.Tx, r Recipients) error {
	var faults problem.Fields
	if len(r.Persons)+len(r.Teams)+len(r.Emails) > maxRecipients {
		faults.Add("body.recipients", "too_many", "A template names at most 100 recipients; make a team of some.")
	}
	for i, reason := range r.Reasons {
		if !slices.Contains(watch.Reasons(), reason) {
			faults.Add(fmt.Sprintf("body.recipients.reasons[%d]", i), "reason_unknown", "There is no such reason.")
		}
	}
	for i, letter := range r.RACI {
		if !slices.Contains([]string{Responsible, Accountable, Consulted, Informed}, letter) {
			faults.Add(fmt.Sprintf("body.recipients.raci[%d]", i), "raci_unknown", "The letters are responsible, accountable, consulted and informed.")
		}
	}
	for i, email := range r.Emails {
		if read, err := mail.ParseAddress(email); err != nil || read.Address != email || !strings.Contains(email, ".") {
			faults.Add(fmt.Sprintf("body.recipients.emails[%d]", i), "email_invalid", "This is not a mail address.")
		}
	}
	for i, id := range r.Persons {
		if ok, err := tx.NewSelect().Table("v_person").Where("id = ?", id).Exists(ctx); err != nil {
			return err
		} else if !ok {
			faults.Add(fmt.Sprintf("body.recipients.persons[%d]", i), "person_unknown", "There is no such person.")
		}
	}
	for i, id := range r.Teams {
		if ok, err := tx.NewSelect().Table("v_team").Where("id = ?", id).Exists(ctx); err != nil {
			return err
		} else if !ok {
			faults.Add(fmt.Sprintf("body.recipients.teams[%d]", i), "team_unknown", "There is no such team.")
		}
	}
	return faults.Err("recipients_invalid", "The recipients cannot be saved like this.")
}

// Preview is a mail written from samples.
type Preview struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html" doc:"Show it in a sandboxed frame."`
}

// PreviewTemplate writes a mail of a topic from samples, without saving anything.
func (s *Service) PreviewTemplate(ctx context.Context, kind events.Kind, t Text) (Preview, error) {
	if err := checkWide(ctx, PermManageTemplate); err != nil {
		return Preview{}, err
	}
	topic, err := s.topic(kind)
	if err != nil {
		return Preview{}, err
	}
	if err := checkText(t, topic.placeholders()); err != nil {
		return Preview{}, err
	}
	values := samples(topic.placeholders())
	values["Title"] = topic.Title
	text := fillBody(t.Body, values) + "\n\n-- \nYou get this " + watch.Holder.Because() + ".\n"
	return Preview{Subject: fillSubject(t.Subject, values), Text: text, HTML: asHTML(text)}, nil
}
