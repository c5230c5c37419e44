package booking

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// PersonRef names a person inside another record.
type PersonRef struct {
	ID   ref.Person `json:"id"`
	Name string     `json:"name"`
}

// GroupRef names a group inside another record.
type GroupRef struct {
	ID   ref.EnvironmentGroup `json:"id"`
	Key  string               `json:"key"`
	Name string               `json:"name"`
}

// BookedEnvironment is an environment of a booking.
type BookedEnvironment struct {
	EnvironmentRef
	ApprovedBy string     `json:"approvedBy,omitempty" doc:"Who approved its use; auto where nobody had to."`
	ApprovedAt *time.Time `json:"approvedAt,omitempty"`
}

// Listed is a booking with the names people know.
type Listed struct {
	Booking
	Reference    string              `json:"reference" example:"BK-12"`
	HolderRef    *PersonRef          `json:"holder,omitempty"`
	GroupRef     *GroupRef           `json:"group,omitempty"`
	Environments []BookedEnvironment `json:"environments" nullable:"false"`
	// AllowedActs are what the caller may do with it now.
	AllowedActs []Act `json:"allowedActs" nullable:"false"`

	parts []Part
}

// BookingRef names a booking inside another record.
type BookingRef struct {
	ID         ref.Booking `json:"id"`
	Reference  string      `json:"reference"`
	Title      string      `json:"title"`
	Status     Status      `json:"status"`
	Intent     Intent      `json:"intent"`
	From       time.Time   `json:"from"`
	To         time.Time   `json:"to"`
	Holder     ref.Person  `json:"holderId,omitempty"`
	HolderName string      `json:"holderName,omitempty"`
	Priority   string      `json:"priority,omitempty"`
	Release    string      `json:"release,omitempty"`
}

// ConflictWith is another booking that stands in the way of one.
type ConflictWith struct {
	Environment EnvironmentRef `json:"environment"`
	Booking     BookingRef     `json:"booking"`
	Overlap     interval.Span  `json:"overlap"`
	Kind        ClashKind      `json:"kind" enum:"exclusive,capacity,intent"`
}

func (d *draft) listed() Listed {
	l := Listed{Booking: *d.Booking, Reference: d.Reference(), parts: slices.Clone(d.parts)}
	return l
}

// addNames adds what stands beside bookings, with one query for each kind of name.
func (s *Service) addNames(ctx context.Context, tx db.Tx, list []Listed) error {
	var envs []ref.Environment
	for _, l := range list {
		envs = append(envs, environmentsOf(l.parts)...)
	}
	names, err := environmentNames(ctx, tx, envs)
	if err != nil {
		return err
	}
	return s.addNamesFrom(ctx, tx, list, names)
}

// addNamesFrom is addNames where the environments are known.
func (s *Service) addNamesFrom(ctx context.Context, tx db.Tx, list []Listed, names map[ref.Environment]knownEnvironment) error {
	var people []ref.Person
	var groups []ref.EnvironmentGroup
	for _, l := range list {
		if l.Holder != "" {
			people = append(people, l.Holder)
		}
		if l.Group != "" {
			groups = append(groups, l.Group)
		}
	}
	persons, err := personNames(ctx, tx, people)
	if err != nil {
		return err
	}
	lanes, err := groupNames(ctx, tx, groups)
	if err != nil {
		return err
	}
	approver, err := s.approverCheck(ctx, tx, list, names)
	if err != nil {
		return err
	}
	rules, err := s.ownRules(ctx, tx, list, names, approver)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	for i := range list {
		l := &list[i]
		l.Booking = l.utc()
		l.Reference = l.Booking.Reference()
		l.Environments = make([]BookedEnvironment, 0, len(l.parts))
		for _, p := range l.parts {
			e := names[p.Environment]
			l.Environments = append(l.Environments, BookedEnvironment{EnvironmentRef: e.EnvironmentRef, ApprovedBy: p.ApprovedBy, ApprovedAt: p.ApprovedAt})
		}
		slices.SortFunc(l.Environments, func(a, b BookedEnvironment) int { return cmpText(a.Name, b.Name, string(a.ID), string(b.ID)) })
		if l.Holder != "" {
			l.HolderRef = &PersonRef{l.Holder, persons[l.Holder]}
		}
		if g, ok := lanes[l.Group]; ok {
			l.GroupRef = &g
		}
		l.AllowedActs = s.allowedActs(ctx, l, names, approver, rules, now)
	}
	return nil
}

// knownEnvironment is what lists need of an environment.
type knownEnvironment struct {
	EnvironmentRef
	Unit        ref.Unit
	UnitPath    string
	Application ref.App
}

func environmentNames(ctx context.Context, tx db.Tx, ids []ref.Environment) (map[ref.Environment]knownEnvironment, error) {
	slices.Sort(ids)
	out := map[ref.Environment]knownEnvironment{}
	for _, chunk := range db.Chunks(slices.Compact(ids), 1000) {
		var rows []struct {
			ID          ref.Environment `bun:"id"`
			Key         string          `bun:"key"`
			Name        string          `bun:"name"`
			Unit        ref.Unit        `bun:"unit_id"`
			Path        string          `bun:"path"`
			Application *ref.App        `bun:"application_id"`
		}
		err := tx.NewSelect().TableExpr("v_environment AS e").Join("LEFT JOIN v_unit AS u ON u.id = e.unit_id").
			ColumnExpr("e.id, e.key, e.name, e.unit_id, e.application_id, COALESCE(u.path, '') AS path").Where("e.id IN (?)", bun.In(chunk)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			k := knownEnvironment{EnvironmentRef: EnvironmentRef{r.ID, r.Key, r.Name}, Unit: r.Unit, UnitPath: r.Path}
			if r.Application != nil {
				k.Application = *r.Application
			}
			out[r.ID] = k
		}
	}
	return out, nil
}

func personNames(ctx context.Context, tx db.Tx, ids []ref.Person) (map[ref.Person]string, error) {
	slices.Sort(ids)
	out := map[ref.Person]string{}
	for _, chunk := range db.Chunks(slices.Compact(ids), 1000) {
		err := tx.Ask(ctx, func(r *db.Row) error {
			out[ref.Person(r.Text(0))] = r.Text(1)
			return nil
		}, `SELECT id, name FROM v_person WHERE `+tx.Among("id"), db.TextsOf(chunk))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func groupNames(ctx context.Context, tx db.Tx, ids []ref.EnvironmentGroup) (map[ref.EnvironmentGroup]GroupRef, error) {
	slices.Sort(ids)
	out := map[ref.EnvironmentGroup]GroupRef{}
	for _, chunk := range db.Chunks(slices.Compact(ids), 1000) {
		var rows []GroupRef
		if err := tx.NewSelect().Table("v_environment_group").Column("id", "key", "name").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r
		}
	}
	return out, nil
}

// bookingRefs names bookings.
func bookingRefs(ctx context.Context, tx db.Tx, ids []ref.Booking) (map[ref.Booking]BookingRef, error) {
	slices.Sort(ids)
	out := map[ref.Booking]BookingRef{}
	for _, chunk := range db.Chunks(slices.Compact(ids), 2000) {
		which, arg := tx.Among("b.id"), any(db.TextsOf(chunk))
		if len(chunk) == 1 {
			which, arg = "b.id = ?", string(chunk[0])
		}
		err := tx.Ask(ctx, func(r *db.Row) error {
			b := BookingRef{
				ID: ref.Booking(r.Text(0)), Reference: reference(r.Int(1)), Title: r.Text(2), Status: Status(r.Text(3)), Intent: Intent(r.Text(4)), From: r.Time(5), To: r.Time(6),
				Holder: ref.Person(r.Text(7)), HolderName: r.Text(8), Priority: r.Text(9), Release: r.Text(10),
			}
			out[b.ID] = b
			return nil
		}, `SELECT b.id, b.number, b.title, b.status, b.intent, b.from_at, b.to_at, COALESCE(b.holder_id, ''), COALESCE(p.name, ''), b.priority, b.release
			FROM booking AS b LEFT JOIN v_person AS p ON p.id = b.holder_id WHERE `+which, arg)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tellClashes names what clashes.
func (s *Service) tellClashes(ctx context.Context, tx db.Tx, list []envClash) ([]ConflictWith, error) {
	if len(list) == 0 {
		return []ConflictWith{}, nil
	}
	var envs []ref.Environment
	for _, c := range list {
		envs = append(envs, c.Environment)
	}
	names, err := environmentNames(ctx, tx, envs)
	if err != nil {
		return nil, err
	}
	return s.tellClashesFrom(ctx, tx, list, names)
}

// tellClashesFrom is tellClashes where the environments are known.
func (s *Service) tellClashesFrom(ctx context.Context, tx db.Tx, list []envClash, names map[ref.Environment]knownEnvironment) ([]ConflictWith, error) {
	out := make([]ConflictWith, 0, len(list))
	if len(list) == 0 {
		return out, nil
	}
	var ids []ref.Booking
	for _, c := range list {
		ids = append(ids, c.Other.Booking)
	}
	bookings, err := bookingRefs(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		b, ok := bookings[c.Other.Booking]
		if !ok {
			continue // it is being made in this very transaction
		}
		out = append(out, ConflictWith{Environment: names[c.Environment].EnvironmentRef, Booking: b, Overlap: c.Overlap, Kind: c.Kind})
	}
	return out, nil
}

// may reports whether the caller is the holder or the requester of a booking.
func owns(ctx context.Context, b *Booking) bool {
	p := authz.From(ctx)
	return p != nil && (p.Person != "" && p.Person == b.Holder || b.Requester != "" && p.ID() == b.Requester)
}

// allowedActs lists what the caller may do with a booking.
func (s *Service) allowedActs(ctx context.Context, l *Listed, names map[ref.Environment]knownEnvironment, approver func(ref.Environment) bool, rules policies, now time.Time) []Act {
	out := []Act{}
	p := authz.From(ctx)
	if p == nil {
		return out
	}
	manages := owns(ctx, &l.Booking)
	decides, barred := false, false
	for _, part := range l.parts {
		manages = manages || p.Can(PermManage, names[part.Environment].UnitPath)
		decides = decides || part.ApprovedAt == nil && approver(part.Environment)
		barred = barred || approver(part.Environment) && asked(ctx, &l.Booking) && !rules.of(names[part.Environment].UnitPath).ApproveOwn
	}
	for _, a := range acts {
		if a.act == ActExpire || a.act == ActPromote || !mayDo(a.act, l.Status, l.phase(now)) {
			continue
		}
		switch a.act {
		case ActApprove, ActReject:
			if decides && (a.act == ActReject || !barred) {
				out = append(out, a.act)
			}
		case ActAskHolder:
			if !owns(ctx, &l.Booking) {
				out = append(out, a.act)
			}
		default:
			if manages {
				out = append(out, a.act)
			}
		}
	}
	return out
}

func cmpText(pairs ...string) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		switch {
		case pairs[i] < pairs[i+1]:
			return -1
		case pairs[i] > pairs[i+1]:
			return 1
		}
	}
	return 0
}

// refs names bookings, in a transaction of its own.
func (s *Service) refs(ctx context.Context, ids []ref.Booking) (out map[ref.Booking]BookingRef, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		out, err = bookingRefs(ctx, tx, slices.Clone(ids))
		return err
	})
	return out, err
}
