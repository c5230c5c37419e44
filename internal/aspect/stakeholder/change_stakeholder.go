package stakeholder

import (
	"context"
	"slices"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// PartChange is what Change takes; members that were not sent stay as they are.
type PartChange struct {
	Responsible *bool     `json:"responsible,omitempty"`
	Accountable *bool     `json:"accountable,omitempty"`
	Consulted   *bool     `json:"consulted,omitempty"`
	Informed    *bool     `json:"informed,omitempty"`
	Roles       *[]string `json:"roles,omitempty" maxItems:"20"`
}

// Change sets flags and roles of a stakeholder. Making somebody accountable takes it from whoever was. With dry set
// nothing is saved.
func (s *Service) Change(ctx context.Context, kind, id string, version int64, stakeholderID string, in PartChange, dry bool) (Listing, []Consequence, error) {
	return s.edit(ctx, kind, id, version, dry, func(_ context.Context, _ db.Tx, _ Record, list []Listed) ([]Listed, []Consequence, error) {
		at, err := find(list, stakeholderID)
		if err != nil {
			return nil, nil, err
		}
		l := &list[at]
		for _, f := range []struct {
			from *bool
			into *bool
		}{{in.Responsible, &l.Responsible}, {in.Accountable, &l.Accountable}, {in.Consulted, &l.Consulted}, {in.Informed, &l.Informed}} {
			if f.from != nil {
				*f.into = *f.from
			}
		}
		if in.Roles != nil {
			l.Roles = tidyRoles(*in.Roles)
			var faults problem.Fields
			checkRoles(&faults, "body.roles", l.Roles)
			if err := faults.Err("stakeholder_invalid", "The stakeholder cannot be saved like this."); err != nil {
				return nil, nil, err
			}
		}
		after, more := soleAccountable(list, at)
		return after, more, nil
	})
}

// Remove takes a stakeholder off a record.
func (s *Service) Remove(ctx context.Context, kind, id string, version int64, stakeholderID string) (Listing, error) {
	out, _, err := s.edit(ctx, kind, id, version, false, func(_ context.Context, _ db.Tx, _ Record, list []Listed) ([]Listed, []Consequence, error) {
		at, err := find(list, stakeholderID)
		if err != nil {
			return nil, nil, err
		}
		return slices.Delete(list, at, at+1), nil, nil
	})
	return out, err
}

func find(list []Listed, id string) (int, error) {
	at := slices.IndexFunc(list, func(l Listed) bool { return l.ID == id })
	if at < 0 {
		return 0, authz.ErrNotFound
	}
	return at, nil
}
