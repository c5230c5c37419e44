package environmentkpi

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// outages reads the outages of the environments in a window.
func (g *gathering) outages(ctx context.Context, tx db.Tx, w Span) error {
	return tx.Stream(ctx, func(r *db.Row) error {
		env, ok := g.envs[string(r.Bytes(0))]
		if !ok {
			return nil
		}
		o := Outage{Env: env, Span: Span{r.Micros(1), r.Micros(2)}, Detected: r.Micros(3), Found: r.Micros(4), Planned: string(r.Bytes(5)) == "planned"}
		if o.To == 0 {
			o.To, o.Open = forever, true
		}
		g.f.Outages = append(g.f.Outages, o)
		return nil
	}, []string{"o.environment_id", "o.started_at", "o.ended_at", "o.detected_at", "o.found_at", "o.kind"},
		"FROM outage AS o WHERE o.started_at < ? AND (o.ended_at IS NULL OR o.ended_at > ?) ORDER BY o.started_at, o.id", moment(w.To), moment(w.From))
}

// lively marks the environments in which something was installed in a window.
func (g *gathering) lively(ctx context.Context, tx db.Tx, w Span) error {
	return tx.Stream(ctx, func(r *db.Row) error {
		if env, ok := g.envs[string(r.Bytes(0))]; ok {
			g.f.Envs[env].Lively = true
		}
		return nil
	}, []string{"e.id"}, "FROM environment AS e WHERE EXISTS (SELECT 1 FROM environment_version AS v WHERE v.environment_id = e.id AND v.at >= ? AND v.at < ?)", moment(w.From), moment(w.To))
}

// inScope is a condition on a column of booking ids: those with an environment of the scope. It is asked per booking, of
// which there are few.
func (g *gathering) inScope(column string) string {
	return "EXISTS (SELECT 1 FROM booking_environment AS s JOIN environment AS e ON e.id = s.environment_id WHERE s.booking_id = " + column + " AND " + g.cond + ")"
}

// waits reads from the history which bookings left a waitlist by promotion in a window, and how long they stood there.
func (g *gathering) waits(ctx context.Context, tx db.Tx, w Span) error {
	args := append([]any{moment(w.From), moment(w.To)}, g.args...)
	err := tx.Stream(ctx, func(r *db.Row) error {
		if from := r.Micros(0); from > 0 {
			g.f.Waits = append(g.f.Waits, Wait{Span{from, r.Micros(1)}})
		}
		return nil
	}, []string{`(SELECT MAX(x.at) FROM event AS x WHERE x.subject_kind = 'booking' AND x.subject_id = p.subject_id AND x.kind = 'booking.booking_waiting' AND x.at <= p.at)`, "p.at"},
		"FROM event AS p WHERE p.kind = 'booking.booking_promoted' AND p.at >= ? AND p.at < ? AND "+g.inScope("p.subject_id"), args...)
	if err != nil {
		return err
	}
	return tx.NewRaw(`SELECT COUNT(DISTINCT s.booking_id) FROM booking_environment AS s JOIN environment AS e ON e.id = s.environment_id
WHERE s.status = 'waiting' AND s.from_at < ? AND s.to_at > ? AND `+g.cond,
		append([]any{moment(w.To), moment(w.From)}, g.args...)...).Scan(ctx, &g.f.Queued)
}

// requestKinds are the requests whose time is measured: their kind, the view that publishes them, and what counts as the
// beginning.
var requestKinds = []struct{ kind, view, begin string }{
	{"booking_request", "v_booking_request", "COALESCE(q.submitted_at, q.created_at)"},
	{"environment_change_request", "v_environment_change_request", "q.created_at"},
}

// requests reads the requests completed in a window, and the stays that ended, or ran out of their agreed time, in it.
func (g *gathering) requests(ctx context.Context, tx db.Tx, scope Scope, w Span) error {
	catalogue := `SELECT COUNT(*) FROM information_schema.views WHERE table_name = ?`
	if tx.Engine() == db.SQLite {
		catalogue = `SELECT COUNT(*) FROM sqlite_master WHERE type = 'view' AND name = ?`
	}
	views := 0
	if err := tx.NewRaw(catalogue, requestKinds[0].view).Scan(ctx, &views); err != nil || views == 0 {
		return err // this installation keeps no requests
	}
	g.f.HasRequests = true
	conds, args := []string{"1 = 1"}, []any{}
	if cond, more := authz.Condition(ctx, PermViewReport, "q.unit_id"); cond != "" {
		conds, args = append(conds, cond), append(args, more...)
	}
	if scope.Unit != "" {
		path, err := unitPath(ctx, tx, scope.Unit)
		if err != nil {
			return err
		}
		low, high := authz.PathRange(path)
		conds, args = append(conds, "q.unit_id IN (SELECT id FROM v_unit WHERE path >= ? AND path < ?)"), append(args, low, high)
	}
	where := strings.Join(conds, " AND ")
	from, to := moment(w.From), moment(w.To)
	for _, k := range requestKinds {
		err := tx.Stream(ctx, func(r *db.Row) error {
			g.f.Requests = append(g.f.Requests, Request{Kind: k.kind, Span: Span{r.Micros(0), r.Micros(1)}})
			return nil
		}, []string{k.begin, "q.completed_at"}, "FROM "+k.view+" AS q WHERE q.completed_at >= ? AND q.completed_at < ? AND "+where, append([]any{from, to}, args...)...)
		if err != nil {
			return err
		}
		err = tx.Stream(ctx, func(r *db.Row) error {
			g.f.Steps = append(g.f.Steps, Step{Kind: k.kind, Breached: r.Bool(0)})
			return nil
		}, []string{"w.breached"}, "FROM v_workflow_step AS w JOIN "+k.view+` AS q ON q.id = w.subject_id WHERE w.subject_kind = ? AND w.due_at IS NOT NULL
	AND (w.left_at >= ? AND w.left_at < ? OR w.left_at IS NULL AND w.due_at >= ? AND w.due_at < ?) AND `+where, append([]any{k.kind, from, to, from, to}, args...)...)
		if err != nil {
			return err
		}
	}
	return nil
}
