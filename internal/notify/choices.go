package notify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Setting is when a person wants to be told.
type Setting struct {
	bun.BaseModel `bun:"table:notification_setting,alias:s" json:"-"`

	Person ref.Person `bun:"person_id,pk" json:"-"`
	// QuietFrom and QuietTo are times of day, "22:00"; both empty means no quiet hours.
	QuietFrom string `bun:"quiet_from" json:"quietFrom,omitempty" doc:"From then on mails wait, as 22:00; empty for none."`
	QuietTo   string `bun:"quiet_to" json:"quietTo,omitempty" doc:"Until then."`
	DigestAt  string `bun:"digest_at" json:"digestAt" doc:"When the daily digest comes, as 08:00."`
	Zone      string `bun:"time_zone" json:"timeZone,omitempty" doc:"An IANA name; empty for that of the person."`
	Version   int64  `bun:"version" json:"-"`
}

const standardDigest = "08:00"

// in completes a setting with the zone of the person's record.
func (s Setting) in(zone string) Setting {
	if s.Zone == "" {
		s.Zone = zone
	}
	if s.DigestAt == "" {
		s.DigestAt = standardDigest
	}
	return s
}

func (s Setting) location() *time.Location {
	if zone, err := time.LoadLocation(s.Zone); err == nil && s.Zone != "Local" {
		return zone
	}
	return time.UTC
}

func (s Setting) hours() Hours {
	from, err1 := parseClock(s.QuietFrom)
	to, err2 := parseClock(s.QuietTo)
	if err1 != nil || err2 != nil {
		return Hours{Zone: time.UTC}
	}
	return Hours{From: from, To: to, Zone: s.location()}
}

func (s Setting) digestAfter(t time.Time) time.Time {
	minute, err := parseClock(s.DigestAt)
	if err != nil {
		minute, _ = parseClock(standardDigest)
	}
	return NextDigest(t, minute, s.location())
}

func (s Setting) tell(t time.Time) string {
	return t.In(s.location()).Format("Mon 2 Jan 2006 15:04 MST")
}

// settings are those of some persons; who chose nothing has the standards.
func (s *Service) settings(ctx context.Context, tx db.Tx, ids []ref.Person) (map[ref.Person]Setting, error) {
	out := make(map[ref.Person]Setting, len(ids))
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []Setting
		if err := tx.NewSelect().Model(&rows).Where("s.person_id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Person] = r
		}
	}
	return out, nil
}

// channelsOf is how some persons are told of a topic.
func channelsOf(ctx context.Context, tx db.Tx, topic Topic, ids []ref.Person) (map[ref.Person]Channels, error) {
	out := make(map[ref.Person]Channels, len(ids))
	for _, id := range ids {
		out[id] = topic.Standard
	}
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []struct {
			Person ref.Person `bun:"person_id"`
			Channels
		}
		err := tx.NewSelect().Table("notification_choice").Column("person_id", "inbox", "mail").Where("topic = ? AND person_id IN (?)", topic.Event, bun.In(chunk)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Person] = r.Channels
		}
	}
	return out, nil
}

// Choice is how a person is told of one topic.
type Choice struct {
	Topic events.Kind `json:"topic"`
	Channels
}

// Choices are how a person is told.
type Choices struct {
	Setting
	Topics []Choice
	// PersonZone is the zone of the person's record, which counts where they chose none.
	PersonZone string
}

// self is the person who acts; service accounts have neither inbox nor choices.
func self(ctx context.Context) (ref.Person, error) {
	p := authz.From(ctx)
	if p == nil {
		return "", authz.ErrUnauthenticated
	}
	if p.Person == "" {
		return "", problem.New(problem.Invalid, "not_a_person", "Only a person is notified; a service account is not.")
	}
	return p.Person, nil
}

// MyChoices returns how the caller is told, topic by topic.
func (s *Service) MyChoices(ctx context.Context) (out Choices, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		me, err := self(ctx)
		if err != nil {
			return err
		}
		out, err = s.choices(ctx, tx, me)
		return err
	})
	return out, err
}

func (s *Service) choices(ctx context.Context, tx db.Tx, me ref.Person) (Choices, error) {
	var out Choices
	settings, err := s.settings(ctx, tx, []ref.Person{me})
	if err != nil {
		return out, err
	}
	out.Setting = settings[me]
	if out.Person = me; out.Version == 0 {
		out.Version = 1
	}
	if out.DigestAt == "" {
		out.DigestAt = standardDigest
	}
	persons, err := loadPersons(ctx, tx, []ref.Person{me})
	if err != nil {
		return out, err
	}
	out.PersonZone = persons[me].Zone
	var rows []Choice
	if err := tx.NewSelect().Table("notification_choice").ColumnExpr("topic, inbox, mail").Where("person_id = ?", me).Scan(ctx, &rows); err != nil {
		return out, err
	}
	chosen := make(map[events.Kind]Channels, len(rows))
	for _, r := range rows {
		chosen[r.Topic] = r.Channels
	}
	for _, kind := range s.order {
		c := Choice{Topic: kind, Channels: s.topics[kind].Standard}
		if own, ok := chosen[kind]; ok {
			c.Channels = own
		}
		out.Topics = append(out.Topics, c)
	}
	return out, nil
}

// NewChoices is what a person chooses. Topics that are not named stay as they are.
type NewChoices struct {
	QuietFrom string   `json:"quietFrom,omitempty"`
	QuietTo   string   `json:"quietTo,omitempty"`
	DigestAt  string   `json:"digestAt,omitempty" doc:"Empty for 08:00."`
	Zone      string   `json:"timeZone,omitempty" doc:"An IANA name; empty for that of the person."`
	Topics    []Choice `json:"topics,omitempty" maxItems:"1000"`
}

func (s *Service) checkChoices(in NewChoices) error {
	var faults problem.Fields
	clock := func(place, text string) {
		if _, err := parseClock(text); text != "" && err != nil {
			faults.Add(place, "time_invalid", "A time of day is written 08:30.")
		}
	}
	clock("body.quietFrom", in.QuietFrom)
	clock("body.quietTo", in.QuietTo)
	clock("body.digestAt", in.DigestAt)
	if (in.QuietFrom == "") != (in.QuietTo == "") {
		faults.Add("body.quietTo", "required", "Quiet hours have a beginning and an end.")
	}
	if _, err := time.LoadLocation(in.Zone); err != nil || strings.EqualFold(in.Zone, "local") {
		faults.Add("body.timeZone", "time_zone_unknown", "There is no such time zone.")
	}
	for i, t := range in.Topics {
		place := fmt.Sprintf("body.topics[%d]", i)
		if _, known := s.topics[t.Topic]; !known {
			faults.Add(place+".topic", "topic_unknown", "There is no such topic.")
		}
		if t.Mail != AtOnce && t.Mail != Digest && t.Mail != Off {
			faults.Add(place+".mail", "mail_mode_unknown", "Mail comes at_once, as digest, or is off.")
		}
	}
	return faults.Err("choices_invalid", "The choices cannot be saved like this.")
}

// SaveMyChoices saves how the caller wants to be told. Mails that collect already leave as they were going to.
func (s *Service) SaveMyChoices(ctx context.Context, version int64, in NewChoices) (out Choices, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		me, err := self(ctx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO notification_setting (person_id, quiet_from, quiet_to, digest_at, time_zone, version) VALUES (?, '', '', '', '', 1)
ON CONFLICT (person_id) DO UPDATE SET version = notification_setting.version`, me)
		if err != nil {
			return err
		}
		before, err := s.choices(ctx, tx, me)
		if err != nil {
			return err
		}
		if version != before.Version {
			return httpapi.Stale(before.Version, s.viewChoices(before))
		}
		if err := s.checkChoices(in); err != nil {
			return err
		}
		setting := Setting{Person: me, QuietFrom: in.QuietFrom, QuietTo: in.QuietTo, DigestAt: in.DigestAt, Zone: in.Zone, Version: version + 1}
		if _, err := tx.NewUpdate().Model(&setting).WherePK().Exec(ctx); err != nil {
			return err
		}
		for _, t := range in.Topics {
			_, err := tx.ExecContext(ctx, `INSERT INTO notification_choice (person_id, topic, inbox, mail) VALUES (?, ?, ?, ?)
ON CONFLICT (person_id, topic) DO UPDATE SET inbox = excluded.inbox, mail = excluded.mail`, me, t.Topic, t.Inbox, t.Mail)
			if err != nil {
				return err
			}
		}
		if out, err = s.choices(ctx, tx, me); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{Kind: ChoicesChanged, SubjectID: string(me), SubjectLabel: authz.From(ctx).Name,
			Changes: events.Diff(before.flat(), out.flat())})
	})
	return out, err
}

// flat is what the history compares.
func (c Choices) flat() map[string]any {
	out := map[string]any{"quietFrom": c.QuietFrom, "quietTo": c.QuietTo, "digestAt": c.DigestAt, "timeZone": c.Zone}
	for _, t := range c.Topics {
		out[string(t.Topic)] = fmt.Sprintf("inbox %t, mail %s", t.Inbox, t.Mail)
	}
	return out
}
