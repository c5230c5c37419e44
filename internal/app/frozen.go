package app

import (
	"context"
	"fmt"
	"strings"

	"millrace/internal/calendar"
	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// frozen tells the catalogue of environments which freezes, holidays and maintenance windows mean what would be deleted.
type frozen struct{ a *App }

// use says what windows lose. Those that mean a group alone block its deletion, because they would silently close nothing.
func (f frozen) use(ctx context.Context, tx db.Tx, kind calendar.ScopeKind, id string, keeps bool) ([]environment.Consequence, error) {
	u, err := f.a.Calendar.TargetUse(ctx, tx, kind, id)
	var out []environment.Consequence
	tell := func(code, one, many string, names []string, blocking bool) {
		if len(names) == 0 {
			return
		}
		text := strings.Join(names[:min(len(names), namedMost)], ", ")
		if more := len(names) - namedMost; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		words := fmt.Sprintf("%d %s", len(names), many)
		if len(names) == 1 {
			words = "1 " + one
		}
		out = append(out, environment.Consequence{Kind: code, Count: int64(len(names)), Message: words + ": " + text + ".", Blocking: blocking})
	}
	tell("freezes_narrowed", "freeze, holiday or maintenance window loses it", "freezes, holidays or maintenance windows lose it", u.Also, false)
	tell("freezes_named", "freeze, holiday or maintenance window means nothing else", "freezes, holidays or maintenance windows mean nothing else", u.Alone, keeps)
	return out, err
}

func (f frozen) EnvironmentUse(ctx context.Context, tx db.Tx, env ref.Environment) ([]environment.Consequence, error) {
	return f.use(ctx, tx, calendar.ForEnvironment, string(env), false)
}

func (f frozen) LeaveEnvironment(ctx context.Context, tx db.Tx, env ref.Environment) error {
	return f.a.Calendar.Forget(ctx, tx, calendar.ForEnvironment, string(env))
}

func (f frozen) GroupUse(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup) ([]environment.Consequence, error) {
	return f.use(ctx, tx, calendar.ForGroup, string(group), true)
}

func (f frozen) LeaveGroup(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup) error {
	return f.a.Calendar.Forget(ctx, tx, calendar.ForGroup, string(group))
}
