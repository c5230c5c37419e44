package sheet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

const (
	chunkSize = 256 << 10
	// maxFile bounds a file; maxUnzipped what a workbook may unfold to.
	maxFile     = 64 << 20
	maxUnzipped = 1 << 30
	// abandon is how long an upload may take before it counts as broken off.
	abandon = 2 * time.Hour
	// sampleRows and sampleColumns are what is shown of a sheet for choosing its columns.
	sampleRows, sampleColumns = 12, 120
)

func readOptions() tabular.Options {
	return tabular.Options{MaxBytes: maxFile, MaxUnzipped: maxUnzipped, MaxCell: 10_000}
}

// Upload is what UploadImport takes beside the file.
type Upload struct {
	FileName string
	Unit     ref.Unit
	Kind     Kind
	// Mapping names a saved mapping that is applied at once.
	Mapping string
	Zone    string
}

// UploadImport keeps a file that is to be imported, looks at its sheets and guesses what they hold. No transaction is open
// while it waits for the sender.
func (s *Service) UploadImport(ctx context.Context, in Upload, content io.Reader) (Import, error) {
	now := s.Clock.Now()
	i := Import{
		ID: ref.New[string](), Unit: in.Unit, State: Uploaded, FileName: cleanFileName(in.FileName), Sheets: []SheetInfo{}, Notes: []Note{}, Questions: []Question{}, Consequences: []Consequence{},
		Version: 1, CreatedAt: now, UpdatedAt: now,
		Choices: Choices{Columns: map[string]string{}, Values: map[ValueKind]map[string]ValueChoice{}, Clashes: booking.TakeRequested, Zone: in.Zone},
	}
	i.actor(ctx)
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if i.Unit == "" {
			if err := tx.NewSelect().Table("v_unit").Column("id").Where("parent_id IS NULL").Limit(1).Scan(ctx, &i.Unit); err != nil {
				return err
			}
			if !authz.From(ctx).Can(PermImport, "/"+string(i.Unit)+"/") {
				if paths := authz.From(ctx).Paths(PermImport); len(paths) > 0 {
					parts := strings.Split(strings.Trim(paths[0], "/"), "/")
					i.Unit = ref.Unit(parts[len(parts)-1])
				}
			}
		}
		if err := authz.CheckUnit(ctx, tx, PermImport, i.Unit); err != nil {
			if problem.KindOf(err) == problem.NotFound {
				return fault("query.unitId", "unit_unknown", "There is no such unit, or you may not see it.")
			}
			return err
		}
		_, err := tx.NewInsert().Model(&i).Exec(ctx)
		return err
	})
	if err != nil {
		return i, err
	}
	raw, err := s.receive(ctx, &i, content)
	if err == nil {
		err = s.look(ctx, &i, raw, in)
	}
	if err != nil {
		// Whatever is left is swept later; now is only sooner.
		_ = s.DB.WriteBulk(context.WithoutCancel(ctx), func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM sheet_import WHERE id = ? AND NOT ready`, i.ID)
			return err
		})
	}
	return i, err
}

func cleanFileName(s string) string {
	s = path.Base(strings.ReplaceAll(strings.TrimSpace(s), `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if s == "" || s == "." || s == "/" {
		s = "table"
	}
	return shorten(s, 200)
}

// receive keeps the file piece by piece and returns it.
func (s *Service) receive(ctx context.Context, i *Import, content io.Reader) ([]byte, error) {
	sum := sha256.New()
	var raw []byte
	buffer := make([]byte, chunkSize)
	for part := int64(0); ; part++ {
		n, err := io.ReadFull(content, buffer)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
				return nil, err
			}
			return nil, problem.New(problem.BadRequest, "upload_broken", "The file did not arrive whole; nothing was kept. Send it again.").Because(err)
		}
		if n > 0 {
			if raw = append(raw, buffer[:n]...); len(raw) > maxFile {
				return nil, problem.Newf(problem.TooLarge, "table_too_large", "The file is larger than the %d MiB that are read at once.", maxFile>>20)
			}
			_, _ = sum.Write(buffer[:n])
			piece := append([]byte(nil), buffer[:n]...)
			err := s.DB.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.ExecContext(ctx, `INSERT INTO sheet_file_chunk (import_id, part, content) VALUES (?, ?, ?)`, i.ID, part, piece)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		if last {
			i.Size, i.SHA256 = int64(len(raw)), hex.EncodeToString(sum.Sum(nil))
			return raw, nil
		}
	}
}

// look finds out what the file holds and completes the import.
func (s *Service) look(ctx context.Context, i *Import, raw []byte, in Upload) error {
	book, err := tabular.OpenBook(raw, readOptions())
	if err != nil {
		return err
	}
	for _, sheet := range book.Sheets {
		info, err := sample(book, sheet)
		if err != nil {
			return err
		}
		i.Sheets = append(i.Sheets, info)
	}
	best := guess{}
	for _, info := range i.Sheets {
		g := guessSheet(info.Rows, in.Kind)
		if info.Hidden {
			g.score -= 50
		}
		if i.Choices.Sheet == "" && best.HeaderRow == 0 || g.score > best.score {
			best, i.Choices.Sheet = g, info.Name
		}
	}
	if best.HeaderRow == 0 {
		return problem.New(problem.Invalid, "table_empty", "The file holds no row. One of its rows must name the columns.")
	}
	i.Kind, i.Choices.HeaderRow = best.Kind, best.HeaderRow
	i.setColumns(best.Columns)
	i.Choices.Source = sourceOf(i.FileName)
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := s.applyRemembered(ctx, tx, i, in.Mapping); err != nil {
			return err
		}
		if err := i.findSame(ctx, tx); err != nil {
			return err
		}
		if i.Choices.Zone == "" {
			_ = tx.NewSelect().Table("v_person").Column("time_zone").Where("id = ?", i.ActorPerson).Scan(ctx, &i.Choices.Zone)
		}
		if i.Choices.Zone == "" {
			i.Choices.Zone = "UTC"
		}
		i.Ready = true
		if _, err := tx.NewUpdate().Model(i).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.tell(ctx, tx, ImportUploaded, i, map[string]any{"size": i.Size})
	})
}

// sourceOf is the name of a file without what changes from copy to copy: its ending, "(1)", dates and numbers at the end.
func sourceOf(name string) string {
	name = strings.TrimSuffix(name, path.Ext(name))
	short := strings.TrimRight(name, "0123456789-_.() vV")
	if len(short) < 3 {
		return name
	}
	return short
}

// setColumns takes guessed columns as chosen.
func (i *Import) setColumns(columns map[string]int) {
	i.Choices.Columns = map[string]string{}
	for key, column := range columns {
		i.Choices.Columns[key] = tabular.ColumnName(column)
	}
}

// header is the row that names the columns, as far as it is known.
func (i *Import) header() []string {
	for _, s := range i.Sheets {
		if s.Name != i.Choices.Sheet {
			continue
		}
		for _, r := range s.Rows {
			if r.Number == i.Choices.HeaderRow {
				return r.Cells
			}
		}
	}
	return nil
}

// findSame finds an earlier import of the very same file in a unit that whoever uploads sees.
func (i *Import) findSame(ctx context.Context, tx db.Tx) error {
	var earlier Import
	err := tx.NewSelect().Model(&earlier).Where("i.sha256 = ? AND i.id <> ? AND i.ready AND i.state <> 'discarded'", i.SHA256, i.ID).
		Apply(authz.Filter(ctx, PermImport, "i.unit_id")).OrderExpr("CASE WHEN i.state = 'done' THEN 0 ELSE 1 END, i.created_at DESC").Limit(1).Scan(ctx)
	if db.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	i.SameAs = earlier.ID
	if earlier.Unit == i.Unit && earlier.State == Done {
		i.Kind, i.Choices = earlier.Kind, earlier.Choices
		i.Choices.RowClashes = nil
	}
	return nil
}

// sample reads the first rows of a sheet.
func sample(book *tabular.Book, sheet tabular.Sheet) (SheetInfo, error) {
	info := SheetInfo{Name: sheet.Name, Hidden: sheet.Hidden, Rows: []SampleRow{}}
	g, err := book.Grid(sheet.Name)
	if err != nil {
		return info, err
	}
	defer func() { _ = g.Close() }()
	for len(info.Rows) < sampleRows {
		line, err := g.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return info, err
		}
		row := SampleRow{Number: line.Number, Cells: []string{}}
		for _, c := range line.Cells[:min(len(line.Cells), sampleColumns)] {
			row.Cells = append(row.Cells, shorten(c.Text, 80))
		}
		info.Rows = append(info.Rows, row)
	}
	if g := guessSheet(info.Rows, ""); g.score > 10 {
		info.Kind = g.Kind
	}
	return info, nil
}

// file returns the bytes of an import's file.
func (s *Service) file(ctx context.Context, tx db.Tx, id string) ([]byte, error) {
	var raw []byte
	for part := 0; ; part++ {
		var piece []byte
		err := tx.NewSelect().Table("sheet_file_chunk").Column("content").Where("import_id = ? AND part = ?", id, part).Scan(ctx, &piece)
		if db.IsNoRows(err) {
			return raw, nil
		}
		if err != nil {
			return nil, err
		}
		raw = append(raw, piece...)
	}
}

// tell records that something happened to an import.
func (s *Service) tell(ctx context.Context, tx db.Tx, kind events.Kind, i *Import, data map[string]any) error {
	return s.Events.Append(ctx, tx, events.Event{Kind: kind, SubjectID: i.ID, SubjectLabel: i.FileName, Unit: i.Unit, Data: data})
}

// Purge clears away uploads that were broken off.
func (s *Service) Purge(ctx context.Context) error {
	return s.DB.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sheet_import WHERE NOT ready AND created_at < ?`, s.Clock.Now().Add(-abandon))
		return err
	})
}
