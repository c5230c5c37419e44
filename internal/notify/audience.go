package notify

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/aspect/watch"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// addressee is a recipient with what is needed to tell them.
type addressee struct {
	watch.Recipient
	Name    string
	Address string
	// MayMail is false for those whom the template's recipients leave out.
	MayMail bool
	Setting Setting
	// Through is the unit by which a person sees the record; empty where it is the record's own.
	Through ref.Unit
	Channels
}

func (a addressee) key() string { return recipientKey(a.Person, strings.ToLower(a.Email)) }

// Internal is the member of an event's data that, when true, keeps it from every address outside the organisation,
// whatever topic and template say.
const Internal = "internal"

// addressees decides whom an event is told to, and how.
func (s *Service) addressees(ctx context.Context, tx db.Tx, topic Topic, e events.Event) ([]addressee, error) {
	tmpl, err := s.template(ctx, tx, topic)
	if err != nil {
		return nil, err
	}
	concerned, err := s.concerned(ctx, tx, topic, e)
	if err == nil {
		concerned, err = asPersons(ctx, tx, concerned)
	}
	if err != nil {
		return nil, err
	}
	chosen, err := s.chosen(ctx, tx, tmpl.Recipients, e)
	if err == nil {
		chosen, err = asPersons(ctx, tx, chosen)
	}
	if err != nil {
		return nil, err
	}
	all, err := s.watch.Heed(ctx, tx, e.SubjectKind, e.SubjectID, watch.Merge(concerned, chosen))
	if err != nil {
		return nil, err
	}
	internal, _ := e.Data[Internal].(bool)
	out := make([]addressee, 0, len(all))
	for _, r := range all {
		if internal && r.Person == "" {
			continue
		}
		if r.Person != "" && e.ActorKind == string(authz.PersonPrincipal) && string(r.Person) == e.ActorID {
			continue // they know
		}
		named := slices.ContainsFunc(chosen, func(c watch.Recipient) bool { return c.Person == r.Person && strings.EqualFold(c.Email, r.Email) })
		out = append(out, addressee{Recipient: r, Name: r.Email, Address: r.Email, Channels: Channels{Mail: AtOnce},
			MayMail: named || len(tmpl.Recipients.Reasons) == 0 || slices.Contains(tmpl.Recipients.Reasons, r.Reason)})
	}
	return s.known(ctx, tx, topic, e, out)
}

// concerned are the topic's audience and the followers of the record.
func (s *Service) concerned(ctx context.Context, tx db.Tx, topic Topic, e events.Event) (list []watch.Recipient, err error) {
	if topic.Audience != nil {
		if list, err = topic.Audience(ctx, tx, e); err != nil {
			return nil, err
		}
	}
	if topic.Followers == NoFollowers {
		return list, nil
	}
	followers, err := s.watch.Recipients(ctx, tx, e.SubjectKind, e.SubjectID)
	if topic.Followers == InsideFollowers {
		followers = slices.DeleteFunc(followers, func(r watch.Recipient) bool { return r.Person == "" })
	}
	return watch.Merge(list, followers), err
}

// chosen are those whom the template names beside them.
func (s *Service) chosen(ctx context.Context, tx db.Tx, r Recipients, e events.Event) ([]watch.Recipient, error) {
	var out []watch.Recipient
	for _, p := range r.Persons {
		out = append(out, watch.Recipient{Person: p, Reason: watch.Chosen})
	}
	for _, email := range r.Emails {
		out = append(out, watch.Recipient{Email: email, Reason: watch.Chosen})
	}
	teams := slices.Clone(r.Teams)
	reasons := map[ref.Team]watch.Reason{}
	if len(r.RACI) > 0 && s.stakeholders != nil {
		list, err := s.stakeholders.Of(ctx, tx, e.SubjectKind, e.SubjectID)
		if err != nil {
			return nil, err
		}
		for _, l := range list {
			switch {
			case !r.takes(l.Flags):
			case l.Person != nil:
				out = append(out, watch.Recipient{Person: *l.Person, Reason: watch.Stakeholder})
			case l.Team != nil:
				teams = append(teams, *l.Team)
				reasons[*l.Team] = watch.Stakeholder
			}
		}
	}
	if len(teams) == 0 {
		return out, nil
	}
	var members []struct {
		Team   ref.Team   `bun:"team_id"`
		Person ref.Person `bun:"person_id"`
	}
	err := tx.NewSelect().Table("v_team_member").Column("team_id", "person_id").Where("team_id IN (?)", bun.In(teams)).OrderExpr("person_id, team_id").Scan(ctx, &members)
	for _, m := range members {
		reason := watch.Chosen
		if known, ok := reasons[m.Team]; ok {
			reason = known
		}
		out = append(out, watch.Recipient{Person: m.Person, Reason: reason})
	}
	return out, err
}

func (r Recipients) takes(f stakeholder.Flags) bool {
	return f.Responsible && slices.Contains(r.RACI, Responsible) || f.Accountable && slices.Contains(r.RACI, Accountable) ||
		f.Consulted && slices.Contains(r.RACI, Consulted) || f.Informed && slices.Contains(r.RACI, Informed)
}

// asPersons turns addresses of people of the organisation into the people, whose choices and rights then count.
func asPersons(ctx context.Context, tx db.Tx, list []watch.Recipient) ([]watch.Recipient, error) {
	list = slices.Clone(list)
	var emails []string
	for _, r := range list {
		if r.Person == "" {
			emails = append(emails, strings.ToLower(r.Email))
		}
	}
	for _, chunk := range db.Chunks(emails, 500) {
		var rows []struct {
			ID    ref.Person `bun:"id"`
			Email string     `bun:"email"`
		}
		if err := tx.NewSelect().Table("v_person").ColumnExpr("id, LOWER(email) AS email").Where("LOWER(email) IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, row := range rows {
			for i := range list {
				if list[i].Person == "" && strings.ToLower(list[i].Email) == row.Email {
					list[i].Person, list[i].Email = row.ID, ""
				}
			}
		}
	}
	return list, nil
}

// known fills in names, addresses and choices, and drops persons who are not there any longer or may not see the record.
func (s *Service) known(ctx context.Context, tx db.Tx, topic Topic, e events.Event, list []addressee) ([]addressee, error) {
	var ids []ref.Person
	for _, a := range list {
		if a.Person != "" {
			ids = append(ids, a.Person)
		}
	}
	persons, err := loadPersons(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	settings, err := s.settings(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	channels, err := channelsOf(ctx, tx, topic, ids)
	if err != nil {
		return nil, err
	}
	out := make([]addressee, 0, len(list))
	for _, a := range list {
		if a.Person == "" {
			out = append(out, a)
			continue
		}
		p, there := persons[a.Person]
		if !there || p.State == "INACTIVE" {
			continue
		}
		through, sees, err := s.sees(ctx, tx, a.Person, e)
		if err != nil {
			return nil, err
		}
		if !sees {
			continue
		}
		a.Through = through
		a.Name, a.Address, a.Setting, a.Channels = p.Name, p.address(), settings[a.Person].in(p.Zone), channels[a.Person]
		out = append(out, a)
	}
	return out, nil
}

// sees reports whether a person may see the record of an event now. Of a record that is gone, the unit it was in decides.
// What belongs to no unit and no known kind is for whomever the topic names. through is told by topics that decide themselves.
func (s *Service) sees(ctx context.Context, tx db.Tx, person ref.Person, e events.Event) (through ref.Unit, sees bool, err error) {
	principal, err := s.principals.PrincipalOf(ctx, tx, person)
	if err != nil || principal == nil {
		return "", false, err
	}
	if topic := s.topics[e.Kind]; topic.Through != nil {
		through, err = topic.Through(authz.With(ctx, principal), tx, e)
		if problem.KindOf(err) == problem.NotFound {
			return "", false, nil
		}
		return through, err == nil, err
	}
	sees, err = s.seesRecord(authz.With(ctx, principal), tx, e)
	return "", sees, err
}

// seesRecord reports whether the caller may see the record of an event by the unit it is in.
func (s *Service) seesRecord(ctx context.Context, tx db.Tx, e events.Event) (bool, error) {
	kind, registered := s.subjects.Of(e.SubjectKind)
	if !registered {
		return e.Unit == "", nil
	}
	unit := e.Unit
	if e.Action != events.Deleted {
		record, err := kind.Resolve(acting(ctx), tx, e.SubjectID)
		if problem.KindOf(err) == problem.NotFound {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		unit = record.Unit
	}
	err := authz.CheckUnit(ctx, tx, kind.View, unit)
	if k := problem.KindOf(err); err != nil && k != problem.NotFound && k != problem.Forbidden {
		return false, err
	}
	return err == nil, nil
}

// contact is how a person is reached.
type contact struct {
	ID     ref.Person `bun:"id"`
	Name   string     `bun:"name"`
	Email  string     `bun:"email"`
	Notice string     `bun:"notification_email"`
	Zone   string     `bun:"time_zone"`
	State  string     `bun:"state"`
}

func (c contact) address() string {
	if c.Notice != "" {
		return c.Notice
	}
	return c.Email
}

func loadPersons(ctx context.Context, tx db.Tx, ids []ref.Person) (map[ref.Person]contact, error) {
	out := make(map[ref.Person]contact, len(ids))
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []contact
		err := tx.NewSelect().Table("v_person").Column("id", "name", "email", "notification_email", "time_zone", "state").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r
		}
	}
	return out, nil
}
