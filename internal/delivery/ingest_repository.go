package delivery

import (
	"context"
	"sort"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

var (
	tRepository = newTable("repository", 1,
		`id connection_id~ external_id~ repository_key~ name~ url~ clone_url~ description~ language~ owner_id~ forked_from~ default_ref~
		is_archived created_at? updated_at? at revision`)
	tRepositoryAlias = newTable("repository_alias", 1, `id repository_id repository_key connection_id external_id`)
)

// ensureRepositories gives every repository the batch describes or mentions by address a row and its names their alias,
// before anything refers to them. It returns the repositories that are new or got another name.
func (r *ingestion) ensureRepositories(ctx context.Context, mentioned *mentions, records []Record) (counted int, fresh []ref.Fact, err error) {
	s, m := r.service, r.maker
	described := map[string]*Repository{}
	for _, r := range records {
		if repo, ok := r.(*Repository); ok {
			described[repo.ExternalID] = repo
		}
	}
	var list []repositoryMention
	for one := range mentioned.repositories {
		if one.url == "" {
			continue
		}
		key := m.known.key(one.url)
		_, keyKnown := m.known.aliases[repositoryKeyID(key)]
		_, idKnown := m.known.aliases[FactID(m.conn, KindRepository, one.id)]
		if key != "" && (described[one.id] != nil || !keyKnown || (one.id != "" && !idKnown)) {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		return 0, nil, nil
	}
	sort.Slice(list, func(i, j int) bool { return list[i].url+"\x00"+list[i].id < list[j].url+"\x00"+list[j].id })
	boards := boardAddresses(records)
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		counted, fresh = 0, nil
		if err := m.known.loadAliases(ctx, tx, mentioned.repositoryIDs()); err != nil {
			return err
		}
		for _, one := range list {
			repo := described[one.id]
			if repo == nil && one.id == "" && boards[one.url] {
				continue // the address of a board is that of a repository only if one is known by it
			}
			changed, err := s.ensureRepository(ctx, tx, m, one, repo)
			if err != nil {
				return err
			}
			if repo != nil {
				counted++
			}
			if changed != 0 {
				fresh = append(fresh, changed)
			}
		}
		if len(fresh) == 0 {
			return nil
		}
		if _, err := s.assignRepositories(ctx, tx, m.known.rules, fresh); err != nil {
			return err
		}
		// What came before its repository belongs somewhere now.
		touched, err := s.remapRepositories(ctx, tx, m.known.rules, fresh)
		if err != nil {
			return err
		}
		tx.AfterCommit(func() { r.merge(touched) })
		return s.rememberTouches(ctx, tx, r.result.Batch, touched)
	})
	return counted, fresh, err
}

// boardAddresses returns the addresses that only boards of the batch have.
func boardAddresses(records []Record) map[string]bool {
	out := map[string]bool{}
	for _, r := range records {
		if b, ok := r.(*Board); ok && b.URL != "" {
			out[b.URL] = true
		}
	}
	return out
}

func (s *Service) ensureRepository(ctx context.Context, tx db.Tx, m *rowMaker, r repositoryMention, repo *Repository) (changed ref.Fact, err error) {
	key := m.known.key(r.url)
	keyID, aliasID := repositoryKeyID(key), FactID(m.conn, KindRepository, r.id)
	byKey, byID := m.known.aliases[keyID], m.known.aliases[aliasID]
	if aliasID == 0 {
		byID = 0
	}
	canonical := byID
	switch {
	case byKey == 0 && byID == 0:
		canonical = keyID
	case byID == 0:
		canonical = byKey
		if renamed, err := s.renamedAway(ctx, tx, byKey, key); err != nil {
			return 0, err
		} else if renamed && r.id != "" {
			canonical = aliasID // another repository took the name an older one gave up
		}
	case byKey == 0:
		// a new name of a known repository
	case byKey != byID:
		if renamed, err := s.renamedAway(ctx, tx, byKey, key); err != nil {
			return 0, err
		} else if !renamed {
			if err := s.adopt(ctx, tx, byKey, byID); err != nil {
				return 0, err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM repository WHERE id = ?`, byKey); err != nil {
				return 0, err
			}
		}
	}
	if byKey != canonical {
		changed = canonical
		if err := m.alias(ctx, tx, keyID, canonical, key, "", ""); err != nil {
			return 0, err
		}
	}
	if aliasID != 0 && byID != canonical {
		changed = canonical
		if err := m.alias(ctx, tx, aliasID, canonical, "", string(m.conn), r.id); err != nil {
			return 0, err
		}
		if aliasID != canonical {
			if err := s.adopt(ctx, tx, aliasID, canonical); err != nil {
				return 0, err
			}
		}
	}
	if err := m.describe(ctx, tx, canonical, key, r, repo); err != nil {
		return 0, err
	}
	m.known.keys[canonical] = key
	return changed, nil
}

// renamedAway reports whether the repository a key leads to is known under another key by now.
func (s *Service) renamedAway(ctx context.Context, tx db.Tx, repository ref.Fact, key string) (bool, error) {
	var now string
	err := tx.NewSelect().Table("repository").Column("repository_key").Where("id = ?", int64(repository)).Scan(ctx, &now)
	if db.IsNoRows(err) {
		return false, nil
	}
	return err == nil && now != "" && now != key, err
}

func (m *rowMaker) alias(ctx context.Context, tx db.Tx, id, repository ref.Fact, key, conn, externalID string) error {
	m.known.aliases[id] = repository
	return tRepositoryAlias.upsert(ctx, tx, [][]any{{int64(id), int64(repository), key, conn, externalID}}, false)
}

func (m *rowMaker) describe(ctx context.Context, tx db.Tx, id ref.Fact, key string, r repositoryMention, repo *Repository) error {
	if repo == nil {
		name := key
		if len(name) > maxName {
			name = name[len(name)-maxName:]
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO repository (id, repository_key, name, url, at, revision) VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT (id) DO NOTHING`,
			int64(id), key, name, m.text(r.url, "repoUrl", maxURL), m.now)
		return err
	}
	created, updated := m.past(repo.CreatedAt, "createdAt"), m.past(repo.UpdatedAt, "updatedAt")
	return tRepository.upsert(ctx, tx, [][]any{{
		int64(id), string(m.conn), m.name(repo.ExternalID, "externalId"), key, m.name(repo.Name, "name"), m.text(repo.URL, "url", maxURL),
		m.text(repo.CloneURL, "cloneUrl", maxURL), m.text(repo.Description, "description", maxBody), m.name(repo.Language, "language"),
		m.name(repo.OwnerID, "ownerId"), m.name(repo.ForkedFrom, "forkedFrom"), m.name(repo.DefaultRef, "defaultRef"), repo.IsArchived,
		created, updated, m.at(created), revisionOf(repo.UpdatedAt, repo.CreatedAt),
	}}, repo.Partial)
}
