package notify

import (
	"context"
	"fmt"
	"strings"

	"millrace/internal/aspect/watch"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/mail"
	"millrace/internal/platform/ref"
)

// noReader says why a mail has nobody to go to.
type noReader string

func (n noReader) Error() string { return string(n) }

// item is one notification of a mail with its event.
type item struct {
	Notification
	event events.Event
}

// maxItems bounds what one mail tells in full; the rest is counted.
const maxItems = 25

// compose writes a mail from what holds now: rights, templates, and whether the recipient is still there.
func (s *Service) compose(ctx context.Context, tx db.Tx, d *Delivery) (mail.Message, error) {
	m := mail.Message{ID: d.messageID()}
	to, setting, err := s.reader(ctx, tx, d)
	if err != nil {
		return m, err
	}
	items, err := s.items(ctx, tx, d)
	if err != nil {
		return m, err
	}
	if len(items) == 0 {
		return m, noReader("Nobody is left who should read it: the recipient may not see the record any longer, or the template was switched off.")
	}
	var text string
	if d.Mode == Digest {
		d.Title, text = s.digest(items, setting)
	} else {
		d.Title, text, err = s.letter(ctx, tx, items, d, setting)
		m.Thread = d.SubjectKind + "." + d.SubjectID
	}
	if err != nil {
		return m, err
	}
	footer, unsubscribe, err := s.footer(ctx, tx, d, to, items)
	if err != nil {
		return m, err
	}
	m.To, m.Subject, m.Text, m.Unsubscribe = []string{d.Address}, d.Title, text+"\n\n-- \n"+footer+"\n", unsubscribe
	m.HTML = asHTML(m.Text)
	return m, nil
}

// reader looks again at who is to read the mail.
func (s *Service) reader(ctx context.Context, tx db.Tx, d *Delivery) (watch.Recipient, Setting, error) {
	if d.Person == nil {
		return watch.Recipient{Email: d.Address}, Setting{}.in(""), nil
	}
	persons, err := loadPersons(ctx, tx, []ref.Person{*d.Person})
	if err != nil {
		return watch.Recipient{}, Setting{}, err
	}
	p, there := persons[*d.Person]
	if !there || p.State == "INACTIVE" {
		return watch.Recipient{}, Setting{}, noReader("The recipient is not active any longer.")
	}
	settings, err := s.settings(ctx, tx, []ref.Person{p.ID})
	d.Address, d.Recipient = p.address(), p.Name
	return watch.Recipient{Person: p.ID}, settings[p.ID].in(p.Zone), err
}

// items are the notifications of a mail that may still be told.
func (s *Service) items(ctx context.Context, tx db.Tx, d *Delivery) ([]item, error) {
	var rows []Notification
	if err := tx.NewSelect().Model(&rows).Where("n.delivery_id = ?", d.ID).OrderExpr("n.at, n.id").Scan(ctx); err != nil {
		return nil, err
	}
	sees := map[string]bool{}
	out := make([]item, 0, len(rows))
	for _, n := range rows {
		var row events.Row
		if err := tx.NewSelect().Model(&row).Where("e.id = ?", n.Event).Scan(ctx); db.IsNoRows(err) {
			continue
		} else if err != nil {
			return nil, err
		}
		it := item{n, row.Event()}
		key := n.SubjectKind + "/" + n.SubjectID
		if it.event.Action == events.Deleted {
			key += "/deleted"
		}
		if _, asked := sees[key]; !asked && d.Person != nil {
			_, ok, err := s.sees(ctx, tx, *d.Person, it.event)
			if err != nil {
				return nil, err
			}
			sees[key] = ok
		}
		if d.Person != nil && !sees[key] {
			continue
		}
		topic, known := s.topics[n.EventKind]
		if !known {
			continue
		}
		tmpl, err := s.template(ctx, tx, topic)
		if err != nil {
			return nil, err
		}
		if tmpl.Active {
			out = append(out, it)
		}
	}
	return out, nil
}

// letter tells the updates of one record, each by its template; the last gives the subject.
func (s *Service) letter(ctx context.Context, tx db.Tx, items []item, d *Delivery, setting Setting) (title, text string, err error) {
	var parts []string
	if left := len(items) - maxItems; left > 0 {
		parts = append(parts, fmt.Sprintf("%d earlier updates are left out.", left))
		items = items[left:]
	}
	for _, it := range items {
		topic := s.topics[it.EventKind]
		tmpl, err := s.template(ctx, tx, topic)
		if err != nil {
			return "", "", err
		}
		to := watch.Recipient{Reason: it.Reason}
		if d.Person != nil {
			to.Person = *d.Person
		} else {
			to.Email = d.Address
		}
		values, err := topic.values(ctx, tx, it.event, to)
		if err != nil {
			return "", "", err
		}
		values = s.builtInValues(values, topic, it, d, setting)
		title = fillSubject(tmpl.Subject, values)
		parts = append(parts, fillBody(tmpl.Body, values))
	}
	if len(items) > 1 {
		title = fmt.Sprintf("%s (%d updates)", title, len(items))
	}
	return title, strings.Join(parts, "\n\n"), nil
}

func (s *Service) builtInValues(own map[string]string, topic Topic, it item, d *Delivery, setting Setting) map[string]string {
	out := make(map[string]string, len(own)+len(builtIn))
	for k, v := range own {
		out[k] = v
	}
	for k, v := range map[string]string{
		"Title": topic.Title, "Sentence": it.event.Sentence, "Actor": it.event.ActorName, "Record": it.event.SubjectLabel, "Kind": strings.ReplaceAll(it.SubjectKind, "_", " "),
		"Link": s.link(it.SubjectKind, it.SubjectID, it.event.Action), "Time": setting.tell(it.event.At), "Changes": changeLines(it.event.Changes),
		"Person": d.Recipient, "Reason": it.Reason.Because(),
	} {
		out[k] = v
	}
	return out
}

// link is where the record is shown; empty where that is not known.
func (s *Service) link(kind, id string, action events.Action) string {
	known, ok := s.subjects.Of(kind)
	if !ok || s.publicURL == "" || action == events.Deleted {
		return ""
	}
	return s.publicURL + known.PagePath(id)
}

// digest tells a day, record by record.
func (s *Service) digest(items []item, setting Setting) (title, text string) {
	var order []string
	byRecord := map[string][]item{}
	for _, it := range items {
		key := it.SubjectKind + "/" + it.SubjectID
		if _, seen := byRecord[key]; !seen {
			order = append(order, key)
		}
		byRecord[key] = append(byRecord[key], it)
	}
	var b strings.Builder
	for _, key := range order {
		list := byRecord[key]
		last := list[len(list)-1]
		fmt.Fprintf(&b, "%s (%s)\n", last.event.SubjectLabel, last.Reason.Because())
		if link := s.link(last.SubjectKind, last.SubjectID, last.event.Action); link != "" {
			b.WriteString(link + "\n")
		}
		if left := len(list) - maxItems; left > 0 {
			fmt.Fprintf(&b, "- %d earlier updates\n", left)
			list = list[left:]
		}
		for _, it := range list {
			fmt.Fprintf(&b, "- %s, %s\n", setting.tell(it.event.At), it.event.Sentence)
		}
		b.WriteString("\n")
	}
	one, many := "update", "records"
	if len(items) != 1 {
		one = "updates"
	}
	if len(order) == 1 {
		many = "record"
	}
	return fmt.Sprintf("Daily digest: %d %s on %d %s", len(items), one, len(order), many), strings.TrimSpace(b.String())
}

// footer says why the recipient got the mail, where the record is, and how to get fewer.
func (s *Service) footer(ctx context.Context, tx db.Tx, d *Delivery, to watch.Recipient, items []item) (text, unsubscribe string, err error) {
	last := items[len(items)-1]
	var out []string
	if d.Mode == AtOnce {
		out = append(out, "You get this "+last.Reason.Because()+".")
		if link := s.link(last.SubjectKind, last.SubjectID, last.event.Action); link != "" {
			out = append(out, link)
		}
	} else {
		out = append(out, "You get this once a day because you chose so.")
	}
	switch {
	case to.Person != "" && s.publicURL != "":
		out = append(out, "Choose what you are told: "+s.publicURL+"/notification-choices")
	case to.Person == "" && last.Reason != watch.Chosen:
		var follows bool
		if unsubscribe, follows, err = s.watch.Unsubscribe(ctx, tx, d.SubjectKind, d.SubjectID, d.Address); err != nil {
			return "", "", err
		}
		if !follows {
			return "", "", noReader("The address does not follow the record any longer.")
		}
		if unsubscribe != "" {
			out = append(out, "Stop these mails: "+unsubscribe)
		}
	}
	return strings.Join(out, "\n"), unsubscribe, nil
}
