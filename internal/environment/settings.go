package environment

import (
	"context"
	"regexp"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// Settings hold for all environments of the installation.
type Settings struct {
	bun.BaseModel `bun:"table:environment_setting,alias:s" json:"-"`

	ID       int    `bun:"id,pk" json:"-"`
	Currency string `bun:"currency" json:"currency" doc:"The currency of all costs, as ISO 4217 writes it."`
	Version  int64  `bun:"version" json:"version"`
}

var currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)

// Settings returns the settings.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	var out Settings
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error { return tx.NewSelect().Model(&out).Where("id = 1").Scan(ctx) })
	return out, err
}

// ChangeSettings sets the currency. It takes the permission on the root unit, because it holds for everybody. Amounts
// are not converted.
func (s *Service) ChangeSettings(ctx context.Context, version int64, currency string) (Settings, error) {
	var out Settings
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		var root ref.Unit
		if err := tx.NewSelect().Table("v_unit").Column("id").Where("parent_id IS NULL").Scan(ctx, &root); err != nil {
			return err
		}
		if err := authz.CheckUnit(ctx, tx, PermSettings, root); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE environment_setting SET version = version WHERE id = 1`); err != nil {
			return err
		}
		if err := tx.NewSelect().Model(&out).Where("id = 1").Scan(ctx); err != nil {
			return err
		}
		if out.Version != version {
			return httpapi.Stale(out.Version, out)
		}
		currency = strings.ToUpper(strings.TrimSpace(currency))
		if !currencyShape.MatchString(currency) {
			return fault("body.currency", "currency_invalid", "A currency has three letters, such as EUR.")
		}
		if currency == out.Currency {
			return nil
		}
		before := out.Currency
		out.Currency, out.Version = currency, out.Version+1
		if _, err := tx.NewUpdate().Model(&out).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{
			Kind: SettingsChanged, SubjectID: "1", SubjectLabel: "Environments", Unit: root,
			Changes: map[string]events.Change{"currency": {before, currency}}, Data: map[string]any{"currency": currency},
		})
	})
	return out, err
}
