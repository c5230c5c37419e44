package environmentkpi

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Scope says which environments a question is about: all the caller may see reports of, those of a unit and everything
// below it, or one.
type Scope struct {
	Unit        ref.Unit
	Environment string
}

// wanted says what a pass gathers beyond environments and uses.
type wanted struct {
	// Within is where uses, outages and bookings must lie at least partly.
	Within Span
	// Details asks for what stands on the bookings that overlap a window; the empty span asks for none.
	Details Span
	// Times asks for waits, requests and steps of a window.
	Times   Span
	Outages bool
	// Lively asks which environments had something installed in a window.
	Lively Span
}

// reach is how long a booking lasts at most without being marked as lasting long; booking keeps the mark.
const reach = 31 * day

func moment(us int64) time.Time { return time.UnixMicro(us).UTC() }

// gather reads the plain records of a scope.
func (s *Service) gather(ctx context.Context, tx db.Tx, scope Scope, w wanted) (*Facts, error) {
	f := &Facts{Now: s.clock.Now().UnixMicro()}
	g := gathering{f: f, envs: map[string]int32{}, bookings: map[string]int32{}}
	if err := g.environments(ctx, tx, scope); err != nil {
		return nil, err
	}
	if err := g.sharing(ctx, tx); err != nil {
		return nil, err
	}
	if err := g.uses(ctx, tx, w.Within); err != nil {
		return nil, err
	}
	f.index()
	if w.Details.Length() > 0 {
		if err := g.details(ctx, tx, w.Details); err != nil {
			return nil, err
		}
	}
	if w.Lively.Length() > 0 {
		if err := g.lively(ctx, tx, w.Lively); err != nil {
			return nil, err
		}
	}
	if w.Outages {
		if err := g.outages(ctx, tx, w.Within); err != nil {
			return nil, err
		}
	}
	if w.Times.Length() > 0 {
		if err := g.waits(ctx, tx, w.Times); err != nil {
			return nil, err
		}
		if err := g.requests(ctx, tx, scope, w.Times); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// gathering is one pass.
type gathering struct {
	f        *Facts
	envs     map[string]int32
	bookings map[string]int32
	// whole says that nearly all environments are in scope: then the schedule is read as it lies.
	whole bool
	cond  string
	args  []any
	paths []string // of the units of the environments
}

// environments reads the environments of the scope, also those that are gone, with the time in which each counts.
func (g *gathering) environments(ctx context.Context, tx db.Tx, scope Scope) error {
	conds, args := []string{"1 = 1"}, []any{}
	if cond, more := authz.Condition(ctx, PermViewReport, "e.unit_id"); cond != "" {
		conds, args = append(conds, cond), append(args, more...)
	}
	if scope.Unit != "" {
		path, err := unitPath(ctx, tx, scope.Unit)
		if err != nil {
			return err
		}
		low, high := authz.PathRange(path)
		conds, args = append(conds, "e.unit_id IN (SELECT id FROM v_unit WHERE path >= ? AND path < ?)"), append(args, low, high)
	}
	if scope.Environment != "" {
		id, err := findEnvironment(ctx, tx, scope.Environment)
		if err != nil {
			return err
		}
		conds, args = append(conds, "e.id = ?"), append(args, id)
	}
	g.cond, g.args = strings.Join(conds, " AND "), args
	var rows []struct {
		ID        string     `bun:"id"`
		Key       string     `bun:"key"`
		Name      string     `bun:"name"`
		Unit      string     `bun:"unit_id"`
		UnitName  string     `bun:"unit_name"`
		Path      string     `bun:"path"`
		App       string     `bun:"app"`
		AppName   string     `bun:"app_name"`
		Usage     string     `bun:"usage_id"`
		UsageName string     `bun:"usage_name"`
		DataClass string     `bun:"data_class"`
		Capacity  int64      `bun:"capacity"`
		Cost      int64      `bun:"cost_per_hour"`
		State     string     `bun:"state"`
		Bookable  bool       `bun:"status_bookable"`
		Created   time.Time  `bun:"created_at"`
		Updated   time.Time  `bun:"updated_at"`
		Expires   *time.Time `bun:"expires_at"`
		First     *time.Time `bun:"first_at"`
	}
	err := tx.NewRaw(`SELECT e.id, e.key, e.name, e.unit_id, u.name AS unit_name, u.path, COALESCE(e.application_id, '') AS app, COALESCE(a.name, '') AS app_name,
	COALESCE(e.usage_id, '') AS usage_id, COALESCE(l.name, '') AS usage_name, e.data_class, e.capacity, e.cost_per_hour, e.state, e.status_bookable,
	e.created_at, e.updated_at, e.expires_at,
	(SELECT b.from_at FROM booking_environment AS b WHERE b.environment_id = e.id ORDER BY b.from_at LIMIT 1) AS first_at
FROM environment AS e JOIN v_unit AS u ON u.id = e.unit_id LEFT JOIN v_application AS a ON a.id = e.application_id LEFT JOIN v_lookup AS l ON l.id = e.usage_id
WHERE `+g.cond+` ORDER BY e.name_folded, e.id`, args...).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	for i, r := range rows {
		e := Environment{
			ID: ref.Environment(r.ID), Key: r.Key, Name: r.Name, Unit: r.Unit, UnitName: r.UnitName, App: r.App, AppName: r.AppName, Usage: r.Usage, UsageName: r.UsageName,
			DataClass: r.DataClass, Capacity: r.Capacity, Cost: r.Cost, Active: r.State == "active", Bookable: r.Bookable,
		}
		e.Life = lifeOf(r.Created, r.First, r.Expires, r.Updated, e.Active)
		g.f.Envs = append(g.f.Envs, e)
		g.envs[r.ID] = int32(i)
		g.paths = append(g.paths, r.Path)
	}
	all := int64(0)
	if err := tx.NewRaw(`SELECT COUNT(*) FROM environment`).Scan(ctx, &all); err != nil {
		return err
	}
	g.whole = int64(len(rows))*4 > all
	return nil
}

// lifeOf is the time in which an environment counts: from the day it was put into the catalogue, or from the first of the
// month (UTC) of its first booking where that is earlier, until it expired or was deleted.
func lifeOf(created time.Time, first, expires *time.Time, updated time.Time, active bool) Span {
	life := Span{created.UnixMicro(), forever}
	if first != nil {
		y, m, _ := first.UTC().Date()
		// A day before, so that the month is whole in every zone.
		life.From = min(life.From, time.Date(y, m, 0, 0, 0, 0, 0, time.UTC).UnixMicro())
	}
	if expires != nil {
		life.To = expires.UnixMicro()
	}
	if !active {
		life.To = min(life.To, updated.UnixMicro())
	}
	return life
}

// sharing reads which intents share environments, by the nearest policy above each.
func (g *gathering) sharing(ctx context.Context, tx db.Tx) error {
	var rows []struct {
		Path     string          `bun:"path"`
		Settings json.RawMessage `bun:"settings"`
	}
	err := tx.NewRaw(`SELECT u.path, p.settings FROM booking_policy AS p JOIN v_unit AS u ON u.id = p.unit_id`).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	standard := Sharing{}
	standard[2][2] = true
	by := map[string]Sharing{}
	for _, r := range rows {
		var settings struct {
			Compatible [][2]string `json:"compatible"`
		}
		if err := json.Unmarshal(r.Settings, &settings); err != nil {
			return err
		}
		var s Sharing
		for _, pair := range settings.Compatible {
			a, b := intentOf([]byte(pair[0])), intentOf([]byte(pair[1]))
			s[a][b], s[b][a] = true, true
		}
		by[r.Path] = s
	}
	for i, path := range g.paths {
		g.f.Envs[i].Sharing = standard
		for p := path; len(p) > 1; p = p[:strings.LastIndexByte(p[:len(p)-1], '/')+1] {
			if s, ok := by[p]; ok {
				g.f.Envs[i].Sharing = s
				break
			}
		}
	}
	return nil
}

// long is from which length a window is read by the schedule as it lies instead of booking by booking.
const long = 100 * day

// uses streams the schedule of a window, whatever became of the bookings.
func (g *gathering) uses(ctx context.Context, tx db.Tx, w Span) error {
	if len(g.f.Envs) == 0 {
		return nil
	}
	columns := []string{"s.environment_id", "s.from_at", "s.to_at", "s.intent", "s.status", "s.booking_id"}
	take := func(r *db.Row) error {
		env, ok := g.envs[string(r.Bytes(0))]
		if !ok {
			return nil
		}
		u := Use{Env: env, Span: Span{r.Micros(1), r.Micros(2)}, Intent: intentOf(r.Bytes(3)), Status: statusOf(r.Bytes(4))}
		if !u.Meets(w) {
			return nil
		}
		at, known := g.bookings[string(r.Bytes(5))]
		if !known {
			id := r.Text(5)
			at = int32(len(g.f.Bookings))
			g.bookings[id] = at
			g.f.Bookings = append(g.f.Bookings, Booking{ID: id})
		}
		b := &g.f.Bookings[at]
		b.Status, b.To = u.Status, u.To
		u.Booking = at
		g.f.Uses = append(g.f.Uses, u)
		return nil
	}
	from, to, early := moment(w.From), moment(w.To), moment(w.From-reach)
	switch {
	case !g.whole:
		ids := make([]string, len(g.f.Envs))
		for i := range ids {
			ids[i] = string(g.f.Envs[i].ID)
		}
		for _, chunk := range db.Chunks(ids, 500) {
			err := tx.Stream(ctx, take, columns, "FROM booking_environment AS s WHERE s.environment_id IN (?) AND s.from_at < ? AND s.to_at > ? AND (s.from_at >= ? OR s.lasts_long)",
				bun.In(chunk), to, from, early)
			if err != nil {
				return err
			}
		}
		return nil
	case w.Length() > long:
		return tx.Stream(ctx, take, columns, "FROM booking_environment AS s WHERE s.from_at < ? AND s.to_at > ?", to, from)
	}
	err := tx.Stream(ctx, take, columns, "FROM booking AS b JOIN booking_environment AS s ON s.booking_id = b.id WHERE b.from_at < ? AND b.from_at >= ? AND s.to_at > ?", to, early, from)
	if err != nil {
		return err
	}
	return tx.Stream(ctx, take, columns, "FROM booking_environment AS s"+tx.Using("booking_environment_lasting")+" WHERE s.lasts_long AND s.from_at < ? AND s.to_at > ?", early, from)
}

// details streams what stands on the bookings that overlap a window.
func (g *gathering) details(ctx context.Context, tx db.Tx, w Span) error {
	units := map[string]string{}
	var names []struct{ ID, Name string }
	if err := tx.NewRaw(`SELECT id, name FROM v_unit`).Scan(ctx, &names); err != nil {
		return err
	}
	for _, n := range names {
		units[n.ID] = n.Name
	}
	columns := []string{"b.id", "b.unit_id", "b.planned_to", "b.created_at", "b.decided_at", "b.last_use_at", "(b.decided_by IN ('', 'auto'))", "b.to_at", "b.release"}
	take := func(r *db.Row) error {
		at, ok := g.bookings[string(r.Bytes(0))]
		if !ok {
			return nil
		}
		b := &g.f.Bookings[at]
		b.Unit, b.PlannedTo, b.Created, b.LastUse, b.To, b.Release = r.Text(1), r.Micros(2), r.Micros(3), r.Micros(5), r.Micros(7), r.Text(8)
		b.UnitName = units[b.Unit]
		if !r.Bool(6) {
			b.Decided = r.Micros(4)
		}
		return nil
	}
	early := w.From - reach
	if g.whole {
		if err := tx.Stream(ctx, take, columns, "FROM booking AS b WHERE b.from_at < ? AND b.from_at >= ? AND b.to_at > ?", moment(w.To), moment(early), moment(w.From)); err != nil {
			return err
		}
	}
	var rest []string
	for i := range g.f.Uses {
		if u := &g.f.Uses[i]; u.Meets(w) && g.f.Bookings[u.Booking].Unit == "" {
			rest = append(rest, g.f.Bookings[u.Booking].ID)
		}
	}
	for _, chunk := range db.Chunks(rest, 500) {
		if err := tx.Stream(ctx, take, columns, "FROM booking AS b WHERE b.id IN (?)", bun.In(chunk)); err != nil {
			return err
		}
	}
	return nil
}

// intentOf reads an intent; an unknown one is the most intrusive.
func intentOf(b []byte) Intent {
	for i, name := range intentNames {
		if string(b) == name {
			return Intent(i)
		}
	}
	return 0
}

func statusOf(b []byte) Status {
	for i, name := range statusNames {
		if string(b) == name {
			return Status(i)
		}
	}
	return Cancelled
}

func unitPath(ctx context.Context, tx db.Tx, unit ref.Unit) (string, error) {
	var path string
	err := tx.NewRaw(`SELECT path FROM v_unit WHERE id = ?`, unit).Scan(ctx, &path)
	if db.IsNoRows(err) {
		return "", authz.ErrNotFound
	}
	if err != nil {
		return "", err
	}
	return path, authz.Check(ctx, PermViewReport, path)
}

// findEnvironment finds an environment by its id, also one that is gone, or by a name of it.
func findEnvironment(ctx context.Context, tx db.Tx, name string) (string, error) {
	var found struct {
		ID   string   `bun:"id"`
		Unit ref.Unit `bun:"unit_id"`
	}
	err := tx.NewRaw(`SELECT e.id, e.unit_id FROM environment AS e WHERE e.id = ?0 OR e.id = (SELECT n.environment_id FROM v_environment_name AS n
	WHERE n.name_key IN (?0, ?1) ORDER BY n.precedence, n.environment_id LIMIT 1) LIMIT 1`, name, ref.NameKey(name)).Scan(ctx, &found)
	if db.IsNoRows(err) {
		return "", authz.ErrNotFound
	}
	if err != nil {
		return "", err
	}
	if err := authz.CheckUnit(ctx, tx, PermViewReport, found.Unit); err != nil {
		if problem.KindOf(err) == problem.NotFound {
			return "", authz.ErrNotFound
		}
		return "", err
	}
	return found.ID, nil
}
