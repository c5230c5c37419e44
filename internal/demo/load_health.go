package demo

import (
	"context"
	"fmt"
	"time"

	"millrace/internal/environment/health"
	"millrace/internal/environment/stack"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

const monitor = "Prometheus"

// outages lets environments fail and recover, each time with what was done to them before, and marks the causes.
func (l *estate) outages(ctx context.Context, seed uint64) error {
	list, now := l.plan.Outages(seed, &l.e, l.now)
	for n, o := range list {
		if err := l.outage(ctx, n, o); err != nil {
			return fmt.Errorf("outage of %s: %w", l.e.Environments[o.Environment].Key, err)
		}
	}
	for i := range l.e.Environments {
		if i%40 == 39 || l.e.Environments[i].Status != active {
			continue // of some nobody ever said anything
		}
		if err := l.say(ctx, i, health.Online, "", "", l.now.Add(-5*time.Hour-time.Duration(i)*time.Minute)); err != nil {
			return err
		}
	}
	for _, t := range now {
		if err := l.provoke(ctx, t.Environment, t.Trigger, t.TriggerAt); err != nil {
			return err
		}
		state := health.Issue
		if t.Out {
			state = health.Offline
		}
		if err := l.say(ctx, t.Environment, state, "Synthetic transaction", t.Message, t.Since); err != nil {
			return err
		}
	}
	return nil
}

func (l *estate) say(ctx context.Context, env int, state health.Health, name, message string, at time.Time) error {
	l.Clock.Set(later(l.Clock.Now(), at))
	_, err := l.Health.ReportHealth(ctx, health.NewEvent{Environment: string(l.ids[env]), Health: string(state), At: &at, Source: monitor, Name: name, Message: message})
	return err
}

func (l *estate) outage(ctx context.Context, n int, o Outage) error {
	id := string(l.ids[o.Environment])
	if o.Planned {
		l.Clock.Set(o.From.Add(-7 * day))
		_, err := l.Health.OpenOutage(ctx, health.NewOutage{Environment: id, Kind: health.Planned, Title: o.Title, Description: o.Message, StartedAt: &o.From, EndedAt: &o.To})
		return err
	}
	if err := l.provoke(ctx, o.Environment, o.Trigger, o.TriggerAt); err != nil {
		return err
	}
	l.Clock.Set(o.Detected)
	down, err := l.Health.ReportHealth(ctx, health.NewEvent{Environment: id, Health: string(health.Offline), At: &o.From, Source: monitor, Name: o.Title, Message: o.Message, ExternalID: fmt.Sprint("demo-", n)})
	if err != nil {
		return err
	}
	if down.Outage == nil {
		return fmt.Errorf("no outage was opened at %s", o.From)
	}
	up := func() error {
		l.Clock.Set(o.To)
		_, err := l.Health.ReportHealth(ctx, health.NewEvent{Environment: id, Health: string(health.Online), At: &o.To, Source: monitor, Name: o.Title, Message: "Works again"})
		return err
	}
	// Some causes are found while the environment is out, others afterwards.
	steps := []func() error{func() error { return l.blame(ctx, down.Outage.ID, o) }, up}
	if o.Found.After(o.To) {
		steps[0], steps[1] = steps[1], steps[0]
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// blame marks the cause of an outage: what is suspected most, or what somebody found.
func (l *estate) blame(ctx context.Context, id ref.Outage, o Outage) error {
	if o.Found.IsZero() {
		return nil
	}
	cause := health.Cause{Label: o.Cause}
	if o.Cause == "" {
		suspects, err := l.Health.Suspects(ctx, id)
		if err != nil || len(suspects) == 0 {
			return err
		}
		cause = health.Cause{Kind: suspects[0].Kind, ID: suspects[0].ID, Label: suspects[0].Label}
	}
	l.Clock.Set(o.Found)
	v, err := l.Health.Outage(ctx, id)
	if err != nil {
		return err
	}
	_, err = l.Health.MarkCause(ctx, v.ID, v.Version, cause)
	return err
}

// provoke does to an environment what an outage follows.
func (l *estate) provoke(ctx context.Context, env int, trigger string, at time.Time) error {
	l.Clock.Set(at)
	id, e := l.ids[env], l.e.Environments[env]
	switch trigger {
	case byVersion:
		return l.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			return l.Stack.RecordVersion(ctx, tx, id, l.of.applications[e.Application], fmt.Sprintf("%d.%d.%d", 3+l.plan.Applications[e.Application].Team%4, at.YearDay()%40, 10+at.Minute()), at, "deployment")
		})
	case byConfiguration:
		change := stack.ConfigurationChange{Set: []stack.SetConfigurationItem{{Key: "pool.size", Value: fmt.Sprint(5 + at.Minute())}}}
		_, err := l.Stack.ChangeConfiguration(ctx, string(id), change)
		return err
	case byData:
		_, err := l.Stack.RecordDataRefresh(ctx, string(id), stack.NewDataRefresh{Source: "Test Data Factory", Note: "Full load"})
		return err
	}
	return nil
}
