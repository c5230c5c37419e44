package people

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

const expireBatch = 500

// ExpirePersons makes everybody inactive whose valid-until date has passed and returns how many. A daily job calls it; a
// run that is cut short is finished by the next one.
func (s *Service) ExpirePersons(ctx context.Context) (int, error) {
	total := 0
	for {
		n := 0
		err := s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			n = 0
			var ids []ref.Person
			err := tx.NewSelect().Table("person").Column("id").Where("valid_until <= ?", s.clock.Now()).
				Where("state <> ?", Inactive).OrderExpr("id").Limit(expireBatch).Scan(ctx, &ids)
			if err != nil {
				return err
			}
			for _, id := range ids {
				p, err := loadPerson(ctx, tx, id)
				if err != nil {
					return err
				}
				if err := s.transit(ctx, tx, &p, Expire, nil); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		total += n
		if err != nil || n < expireBatch {
			return total, err
		}
	}
}
