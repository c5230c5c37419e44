package tabular

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"millrace/internal/platform/problem"
)

// xlsxBook is an XLSX file read part by part from its archive: names, texts and formats are kept, rows are streamed.
type xlsxBook struct {
	options Options
	files   map[string]*zip.File
	sheets  []worksheet
	texts   []string
	// dates tells by style which cells show dates, and which of those show a time.
	dates    []dateFormat
	date1904 bool
}

type worksheet struct {
	name   string
	hidden bool
	part   string
}

// maxTexts bounds the shared texts of a workbook that are kept in memory.
const maxTexts = 256 << 20

func openWorkbook(raw []byte, o Options) (w *xlsxBook, err error) {
	if err := checkArchive(raw, o.MaxUnzipped); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, errBadWorkbook.Because(err)
	}
	w = &xlsxBook{options: o, files: map[string]*zip.File{}}
	for _, f := range z.File {
		w.files[strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/")] = f
	}
	main := "xl/workbook.xml"
	for _, r := range w.relations("_rels/.rels", "") {
		if strings.HasSuffix(r.kind, "/officeDocument") {
			main = r.part
		}
	}
	parts := w.relations(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), path.Dir(main))
	if err := w.readMain(main, parts); err != nil {
		return nil, badWorkbook(err)
	}
	for _, r := range parts {
		switch {
		case strings.HasSuffix(r.kind, "/sharedStrings"):
			err = w.readTexts(r.part)
		case strings.HasSuffix(r.kind, "/styles"):
			err = w.readFormats(r.part)
		}
		if err != nil {
			return nil, badWorkbook(err)
		}
	}
	if len(w.sheets) == 0 {
		return nil, problem.New(problem.Invalid, "table_empty", "The workbook has no sheet.")
	}
	return w, nil
}

func badWorkbook(err error) error {
	if problem.Of(err) != nil {
		return err
	}
	return errBadWorkbook.Because(err)
}

type relation struct{ id, kind, part string }

// relations reads what a part refers to; a part without a list refers to nothing.
func (w *xlsxBook) relations(name, folder string) map[string]relation {
	out := map[string]relation{}
	_ = w.walk(name, func(start xml.StartElement, _ *xml.Decoder) error {
		if start.Name.Local != "Relationship" {
			return nil
		}
		r := relation{id: attr(start, "Id"), kind: attr(start, "Type")}
		target := attr(start, "Target")
		if strings.HasPrefix(target, "/") {
			r.part = strings.TrimPrefix(path.Clean(target), "/")
		} else {
			r.part = path.Join(folder, target)
		}
		out[r.id] = r
		return nil
	})
	return out
}

// walk runs fn for every element that begins in a part. It ends quietly when there is no such part.
func (w *xlsxBook) walk(name string, fn func(xml.StartElement, *xml.Decoder) error) error {
	f := w.files[name]
	if f == nil {
		return nil
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	d := xml.NewDecoder(io.LimitReader(in, w.options.MaxUnzipped))
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok {
			if err := fn(start, d); err != nil {
				return err
			}
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && (a.Name.Space == "" || name != "name") {
			return a.Value
		}
	}
	return ""
}

func (w *xlsxBook) readMain(name string, parts map[string]relation) error {
	if w.files[name] == nil {
		return errors.New("no workbook in the archive")
	}
	return w.walk(name, func(start xml.StartElement, _ *xml.Decoder) error {
		switch start.Name.Local {
		case "workbookPr":
			v := attr(start, "date1904")
			w.date1904 = v == "1" || v == "true"
		case "sheet":
			var link string
			for _, a := range start.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" {
					link = a.Value
				}
			}
			part := parts[link].part
			if strings.Contains(parts[link].kind, "chartsheet") || w.files[part] == nil {
				return nil
			}
			state := attr(start, "state")
			w.sheets = append(w.sheets, worksheet{name: attr(start, "name"), hidden: state == "hidden" || state == "veryHidden", part: part})
		}
		return nil
	})
}

func (w *xlsxBook) readTexts(name string) error {
	size := 0
	return w.walk(name, func(start xml.StartElement, d *xml.Decoder) error {
		if start.Name.Local != "si" {
			return nil
		}
		s, err := richText(d, "si", 4*w.options.MaxCell+4)
		if err != nil {
			return err
		}
		if size += len(s) + 16; size > maxTexts {
			return problem.New(problem.TooLarge, "workbook_too_large", "The workbook holds more text than is read at once. Save it as CSV and split it.")
		}
		w.texts = append(w.texts, s)
		return nil
	})
}

// richText collects the text up to the end of an element, without pronunciation hints. What is longer than limit bytes is
// cut a little beyond, so that it still counts as too long.
func richText(d *xml.Decoder, until string, limit int) (string, error) {
	var b strings.Builder
	inText, hint := false, 0
	for {
		token, err := d.RawToken()
		if err != nil {
			return "", noEnd(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				inText = true
			case "rPh":
				hint++
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inText = false
			case "rPh":
				hint--
			case until:
				return b.String(), nil
			}
		case xml.CharData:
			if inText && hint <= 0 && b.Len() <= limit {
				_, _ = b.Write(t[:min(len(t), limit+1-b.Len()+1)])
			}
		}
	}
}

// noEnd keeps an end in the middle of something from looking like the end of the file.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

type dateFormat struct{ date, clock bool }

func (w *xlsxBook) readFormats(name string) error {
	custom := map[int]dateFormat{}
	inCells := false
	return w.walk(name, func(start xml.StartElement, _ *xml.Decoder) error {
		switch start.Name.Local {
		case "numFmt":
			if id, err := strconv.Atoi(attr(start, "numFmtId")); err == nil {
				custom[id] = formatOf(attr(start, "formatCode"))
			}
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if !inCells || len(w.dates) >= 1<<17 {
				return nil
			}
			id, _ := strconv.Atoi(attr(start, "numFmtId"))
			f, ok := custom[id]
			if !ok {
				f = builtinFormat(id)
			}
			w.dates = append(w.dates, f)
		}
		return nil
	})
}

// builtinFormat knows the formats every spreadsheet has under the same numbers.
func builtinFormat(id int) dateFormat {
	switch {
	case id == 22:
		return dateFormat{true, true}
	case id >= 18 && id <= 21, id >= 45 && id <= 47:
		return dateFormat{true, true}
	case id >= 14 && id <= 17, id >= 27 && id <= 36, id >= 50 && id <= 58:
		return dateFormat{true, false}
	}
	return dateFormat{}
}

// formatOf reads from a format's code whether it shows dates or times, past quoted text, colours and conditions.
func formatOf(code string) (f dateFormat) {
	code = strings.ToLower(code)
	if semi := strings.IndexByte(code, ';'); semi > 0 {
		code = code[:semi]
	}
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return f
			}
			i += end + 1
		case '\\', '_', '*':
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return f
			}
			if in := code[i+1 : i+end]; in != "" && strings.Trim(in, "hms") == "" {
				f.date, f.clock = true, true
			}
			i += end
		case 'y', 'd', 'm':
			f.date = true
		case 'h', 's':
			f.date, f.clock = true, true
		case 'g': // General
			if strings.HasPrefix(code[i:], "general") {
				i += len("general") - 1
			}
		}
	}
	return f
}
