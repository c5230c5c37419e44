package calendar

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewWindow is what CreateWindow takes.
type NewWindow struct {
	Name        string               `json:"name" minLength:"1" maxLength:"200"`
	Description string               `json:"description,omitempty" maxLength:"10000"`
	Type        string               `json:"typeId,omitempty" maxLength:"200" doc:"Of a freeze: the id or name of its type; the default type when left out."`
	Unit        ref.Unit             `json:"unitId,omitempty" doc:"Whose people look after it; the root unit when left out."`
	From        time.Time            `json:"from"`
	To          time.Time            `json:"to"`
	Zone        string               `json:"zone,omitempty" maxLength:"64" doc:"The IANA zone it is shown in, and whose clocks a recurrence follows." example:"Europe/Berlin"`
	Recurrence  *interval.Recurrence `json:"recurrence,omitempty"`
	Scope       Scope                `json:"scope,omitzero"`
	Refuses     *[]interval.Use      `json:"refuses,omitempty" maxItems:"2" doc:"booking, deployment, both or none; what the type says when left out, both for a maintenance window, none for a holiday."`
	OnSchedule  *bool                `json:"onSchedule,omitempty" doc:"Whether schedules show it; yes when left out."`
}

// Details is a window with what belongs to it.
type Details struct {
	Window
	UnitName   string
	Freeze     *FreezeType
	Phase      Phase
	Next       *interval.Span
	Manageable bool
	acts       []string
	// Consequences are told by acts alone.
	Consequences []Consequence
}

var errDryRun = errors.New("dry run")

// write runs a change of the calendar; a dry one does all the work and keeps nothing.
func (s *Service) write(ctx context.Context, dry bool, fn func(ctx context.Context, tx db.Tx) error) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := touch(ctx, tx); err != nil {
			return err
		}
		if err := fn(ctx, tx); err != nil {
			return err
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// CreateWindow adds a freeze, a holiday or a maintenance window, and tells what it hits. With dry set nothing is saved.
func (s *Service) CreateWindow(ctx context.Context, kind Kind, in NewWindow, dry bool) (Details, error) {
	var out Details
	err := s.write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		var err error
		out, err = s.createWindow(ctx, tx, kind, in)
		return err
	})
	return out, err
}

func (s *Service) createWindow(ctx context.Context, tx db.Tx, kind Kind, in NewWindow) (Details, error) {
	now := s.clock.Now()
	w := Window{
		ID: ref.New[string](), Kind: kind, Name: in.Name, Description: in.Description, Unit: in.Unit, From: in.From, To: in.To, Zone: in.Zone,
		OnSchedule: in.OnSchedule == nil || *in.OnSchedule, State: Active, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if w.Unit == "" {
		root, err := rootUnit(ctx, tx)
		if err != nil {
			return Details{}, err
		}
		w.Unit = root.ID
	}
	if err := bodyUnit(ctx, tx, w.Unit); err != nil {
		return Details{}, err
	}
	var faults problem.Fields
	w.recur(&faults, in.Recurrence)
	refused := in.Refuses
	if kind == Freeze {
		t, err := s.typeOrDefault(ctx, tx, in.Type, &faults)
		if err != nil {
			return Details{}, err
		}
		if w.Type = &t.ID; refused == nil {
			w.RefusesBooking, w.RefusesDeployment = t.RefusesBooking, t.RefusesDeployment
		}
	} else if in.Type != "" {
		faults.Add("body.typeId", "type_not_taken", "Only freezes have a type.")
	}
	if refused == nil && kind == Maintenance {
		w.RefusesBooking, w.RefusesDeployment = true, true
	}
	w.refuse(refused)
	w.tidy()
	w.check(&faults)
	if err := faults.Err(string(kind)+"_invalid", "The "+nouns[kind].one+" cannot be created like this."); err != nil {
		return Details{}, err
	}
	var err error
	if w.Scope, err = s.targets(ctx, tx, w.Unit, in.Scope); err != nil {
		return Details{}, err
	}
	if err := insertWindow(ctx, tx, &w); err != nil {
		return Details{}, err
	}
	if err := s.append(ctx, tx, created, w, w.Scope, nil, fieldsOf(w), nil); err != nil {
		return Details{}, err
	}
	return s.withConsequences(ctx, tx, w)
}

// bodyUnit checks the right to manage a unit that a request body names.
func bodyUnit(ctx context.Context, tx db.Tx, unit ref.Unit) error {
	err := authz.CheckUnit(ctx, tx, PermManage, unit)
	if problem.KindOf(err) == problem.NotFound {
		var faults problem.Fields
		faults.Add("body.unitId", "unit_unknown", "There is no such unit, or you may not see it.")
		return faults.Err("unit_unknown", "The unit does not exist, or you may not see it.")
	}
	return err
}

// recur takes over a recurrence; its zone and the window's are one.
func (w *Window) recur(faults *problem.Fields, r *interval.Recurrence) {
	w.Rule, w.Skip = "", []string{}
	if r == nil {
		return
	}
	w.Rule, w.Skip = r.Rule, slices.Clone(r.Skip)
	if r.Rule == "" {
		faults.Add("body.recurrence.rule", "required", "Say how it recurs, for instance FREQ=WEEKLY.")
	}
	switch {
	case r.Zone == "":
	case w.Zone == "" || w.Zone == r.Zone:
		w.Zone = r.Zone
	default:
		faults.Add("body.recurrence.zone", "zone_differs", "The zone of the recurrence differs from that of the record; give one of them.")
	}
}

func (w *Window) refuse(list *[]interval.Use) {
	if list == nil {
		return
	}
	w.RefusesBooking, w.RefusesDeployment = slices.Contains(*list, interval.ForBooking), slices.Contains(*list, interval.ForDeployment)
}

// typeOrDefault returns the type of a freeze by id or name.
func (s *Service) typeOrDefault(ctx context.Context, tx db.Tx, idOrName string, faults *problem.Fields) (FreezeType, error) {
	if idOrName != "" {
		t, err := findType(ctx, tx, idOrName)
		if problem.KindOf(err) == problem.NotFound {
			faults.Add("body.typeId", "type_unknown", "There is no such type of freezes.")
			return t, nil
		}
		return t, err
	}
	var t FreezeType
	err := tx.NewSelect().Model(&t).Where("t.is_default").Scan(ctx)
	if db.IsNoRows(err) {
		faults.Add("body.typeId", "required", "Say which type the freeze has; there is no default type.")
		return t, nil
	}
	return t.utc(), err
}

// fields are the fields of a window whose changes are kept in its history.
type fields struct {
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Type        *string        `json:"typeId,omitempty"`
	Unit        ref.Unit       `json:"unitId"`
	From        time.Time      `json:"from"`
	To          time.Time      `json:"to"`
	Zone        string         `json:"zone"`
	Rule        string         `json:"rule,omitempty"`
	Skip        []string       `json:"skip,omitempty"`
	Refuses     []interval.Use `json:"refuses"`
	OnSchedule  bool           `json:"onSchedule"`
	State       State          `json:"state"`
	Scope       []string       `json:"scope"`
}

func fieldsOf(w Window) *fields {
	f := &fields{
		Name: w.Name, Description: w.Description, Type: w.Type, Unit: w.Unit, From: w.From, To: w.To, Zone: w.Zone, Rule: w.Rule, Skip: w.Skip,
		Refuses: w.Refuses(), OnSchedule: w.OnSchedule, State: w.State, Scope: []string{},
	}
	for _, t := range w.Scope {
		f.Scope = append(f.Scope, string(t.Kind)+" "+t.Label)
	}
	slices.Sort(f.Scope)
	return f
}

// append records that something happened to a window; scope are the targets that learn of it.
func (s *Service) append(ctx context.Context, tx db.Tx, a act, w Window, scope []Target, before, after *fields, data map[string]any) error {
	all := dataOf(w, scope)
	maps.Copy(all, data)
	return s.events.Append(ctx, tx, events.Event{
		Kind: nouns[w.Kind].kinds[a], SubjectID: w.ID, SubjectLabel: w.Name, Unit: w.Unit, Changes: events.Diff(before, after), Data: all,
	})
}

// withConsequences returns a window with what it hits and what is worth a second look.
func (s *Service) withConsequences(ctx context.Context, tx db.Tx, w Window) (Details, error) {
	list, err := s.details(ctx, tx, []Window{w})
	if err != nil {
		return Details{}, err
	}
	out := list[0]
	now := s.clock.Now()
	out.Consequences = w.secondLook(now)
	if s.affected == nil || w.State != Active || len(w.Refuses()) == 0 {
		return out, nil
	}
	closed := w.within(interval.Span{From: now, To: now.Add(preview)})
	if w.Rule == "" {
		closed = w.within(interval.Span{From: now})
	}
	if len(closed) == 0 {
		return out, nil
	}
	places, err := s.placesOf(ctx, tx, w.Scope)
	if err != nil || len(places) == 0 {
		return out, err
	}
	more, err := s.affected.Affected(ctx, tx, places, closed[:min(len(closed), previewMost)], w.Refuses())
	out.Consequences = append(out.Consequences, more...)
	return out, err
}

// details adds names, the phase and the caller's rights to windows: three queries, however many there are.
func (s *Service) details(ctx context.Context, tx db.Tx, list []Window) ([]Details, error) {
	out := make([]Details, len(list))
	ids := make([]ref.Unit, len(list))
	for i, w := range list {
		ids[i] = w.Unit
	}
	units, err := unitsOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	types, err := typesByID(ctx, tx)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	for i, w := range list {
		out[i] = Details{Window: w, UnitName: units[w.Unit].Name, Manageable: authz.From(ctx).Can(PermManage, units[w.Unit].Path)}
		out[i].Phase, out[i].Next = w.standing(now)
		out[i].acts = w.allowed(now)
		if w.Type != nil {
			t := types[*w.Type]
			out[i].Freeze = &t
		}
	}
	return out, nil
}
