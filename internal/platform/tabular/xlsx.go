package tabular

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"millrace/internal/platform/problem"
)

const maxZipEntries = 2000

var errBadWorkbook = problem.New(problem.Invalid, "workbook_unreadable",
	"The file looks like a workbook but cannot be read as one. Save it again as .xlsx, or as CSV.")

func (r *Reader) openXLSX(in io.Reader) (err error) {
	raw, err := io.ReadAll(in)
	if err != nil {
		return unreadable(err)
	}
	if err := checkArchive(raw, r.options.MaxUnzipped); err != nil {
		return err
	}
	defer recovered(&err)
	f, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{
		UnzipSizeLimit: r.options.MaxUnzipped, UnzipXMLSizeLimit: min(16<<20, r.options.MaxUnzipped),
		ShortDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		return errBadWorkbook.Because(err)
	}
	r.Sheets = f.GetSheetList()
	switch {
	case len(r.Sheets) == 0:
		err = problem.New(problem.Invalid, "table_empty", "The workbook has no sheet.")
	case r.options.Sheet == "":
		r.Sheet = r.Sheets[0]
	case !slices.Contains(r.Sheets, r.options.Sheet):
		err = problem.Newf(problem.Invalid, "sheet_unknown", "The workbook has no sheet %q; it has %s.", r.options.Sheet, strings.Join(r.Sheets, ", ")).
			WithData("sheets", r.Sheets)
	default:
		r.Sheet = r.options.Sheet
	}
	if err != nil {
		_ = f.Close()
		return err
	}
	rows, err := f.Rows(r.Sheet)
	if err != nil {
		_ = f.Close()
		return errBadWorkbook.Because(err)
	}
	r.source = &xlsxSource{file: f, rows: rows, maxCell: r.options.MaxCell}
	return nil
}

// checkArchive unfolds the archive once without keeping anything: the sizes its directory claims may be lies.
func checkArchive(raw []byte, limit int64) error {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return errBadWorkbook.Because(err)
	}
	bomb := problem.Newf(problem.TooLarge, "workbook_too_large", "The workbook unfolds to more than the %d MiB that are read at once. Save it as CSV and split it.", limit>>20)
	if len(z.File) > maxZipEntries {
		return bomb
	}
	left := limit
	for _, f := range z.File {
		if f.UncompressedSize64 > uint64(left) {
			return bomb
		}
		in, err := f.Open()
		if err != nil {
			return errBadWorkbook.Because(err)
		}
		n, err := io.Copy(io.Discard, io.LimitReader(in, left+1))
		_ = in.Close()
		if left -= n; left < 0 {
			return bomb
		}
		if err != nil {
			return errBadWorkbook.Because(err)
		}
	}
	return nil
}

type xlsxSource struct {
	file    *excelize.File
	rows    *excelize.Rows
	row     int
	maxCell int
}

func (x *xlsxSource) close() error { return errors.Join(x.rows.Close(), x.file.Close()) }

func (x *xlsxSource) next() (number int, cells []string, err error) {
	defer recovered(&err)
	if !x.rows.Next() {
		if err := x.rows.Error(); err != nil {
			return 0, nil, errBadWorkbook.Because(err)
		}
		return 0, nil, io.EOF
	}
	x.row++
	cells, err = x.rows.Columns()
	if err != nil {
		return 0, nil, errBadWorkbook.Because(err)
	}
	for i, c := range cells {
		if strings.IndexByte(c, 0) >= 0 || !utf8.ValidString(c) {
			c = strings.ToValidUTF8(strings.ReplaceAll(c, "\x00", ""), string(utf8.RuneError))
			cells[i] = c
		}
		if len(c) > x.maxCell && utf8.RuneCountInString(c) > x.maxCell {
			return 0, nil, cellTooLong(x.row, i, x.maxCell)
		}
	}
	return x.row, cells, nil
}

// recovered turns a panic of the workbook library, which malformed files can cause, into a problem.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = errBadWorkbook.Because(fmt.Errorf("panic: %v", p))
	}
}
