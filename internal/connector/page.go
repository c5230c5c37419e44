package connector

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"millrace/internal/platform/problem"
)

// Limits of what one recorded page may be. A tool that answers more than this is broken or hostile.
const (
	MaxPageBytes = 64 << 20
	MaxPageDepth = 64
)

// Page is one recorded answer of a tool, kept as it came so that a changed mapping can be replayed without asking the
// tool again. Payload is one element of the answer, or the whole answer.
type Page struct {
	// Endpoint names what was asked; when it is empty the mapping tells it from URL or from the payload.
	Endpoint string `json:"endpoint"`
	// Scope says which repository, board or project the page was asked for.
	Scope json.RawMessage `json:"scope,omitempty"`
	// URL is the address that was asked, or the text of the query where the tool has one address for all.
	URL string `json:"url,omitempty"`
	// Input is the record that made the connector ask: for the reviews of a change request, that change request.
	Input   json.RawMessage `json:"input,omitempty"`
	Payload json.RawMessage `json:"payload"`
}

// Unmapped says why an element of a page became no record. It waits where a person sees it, with the raw page, until a
// rule is changed and the page is replayed.
type Unmapped struct {
	Endpoint string `json:"endpoint"`
	// Reason is a stable code; Message is a sentence for a person.
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// Sample is the start of the element.
	Sample string `json:"sample,omitempty"`
}

// CheckDepth refuses JSON that nests deeper than max; a parser that recurses must not be handed such a thing.
func CheckDepth(raw []byte, max int) error {
	depth, inString := 0, false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if inString {
			switch c {
			case '\\':
				i++
			case '"':
				inString = false
			}
			continue
		}
		switch c {
		case '"':
			inString = true
		case '{', '[':
			if depth++; depth > max {
				return problem.Newf(problem.Invalid, "json_too_deep",
					"The JSON nests more than %d levels deep; no answer of a tool does.", max)
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}

// ReadPages reads recorded pages, one JSON object a line, and hands each to use with its line number, which counts
// from 1. A line that cannot be read, and any error of use, is noted and the next line is taken; all that was noted
// comes back as one problem that names each line. Empty lines are skipped.
func ReadPages(r io.Reader, use func(line int, raw []byte) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	var faults lineFaults
	for line := 1; ; line++ {
		raw, tooLong, err := readLine(in, MaxPageBytes)
		switch {
		case tooLong:
			faults.add(line, problem.Newf(problem.TooLarge, "page_too_large",
				"The line is longer than %d MiB.", MaxPageBytes>>20))
		case len(bytes.TrimSpace(raw)) > 0:
			if useErr := use(line, raw); useErr != nil {
				if errors.Is(useErr, ErrStop) {
					return errors.Unwrap(useErr)
				}
				faults.add(line, useErr)
			}
		}
		if errors.Is(err, io.EOF) {
			return faults.err()
		}
		if err != nil {
			return fmt.Errorf("read line %d: %w", line, err)
		}
	}
}

// ErrStop ends [ReadPages] at once; Stop wraps the cause, for instance an output that no longer takes anything.
var ErrStop = errors.New("stop reading pages")

type stop struct{ cause error }

func (s stop) Error() string        { return s.cause.Error() }
func (s stop) Unwrap() error        { return s.cause }
func (s stop) Is(target error) bool { return target == ErrStop }

// Stop makes [ReadPages] end with cause.
func Stop(cause error) error { return stop{cause} }

// readLine reads to the next line break. What lies beyond limit is read and dropped, so that the next line starts
// where it should.
func readLine(in *bufio.Reader, limit int) (line []byte, tooLong bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if !tooLong && len(line)+len(part) > limit {
			tooLong, line = true, nil
		}
		if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

// lineFaults keeps the first faults in full and counts the rest.
type lineFaults struct {
	fields problem.Fields
	count  int
}

const shownFaults = 100

func (f *lineFaults) add(line int, err error) {
	f.count++
	if len(f.fields) >= shownFaults {
		return
	}
	code, message := "unreadable_page", err.Error()
	if p := problem.Of(err); p != nil {
		code, message = p.Code, p.Message
		for _, field := range p.Fields {
			message += " " + field.Path + ": " + field.Message
		}
	}
	f.fields.Add(fmt.Sprintf("line %d", line), code, message)
}

func (f *lineFaults) err() error {
	if f.count == 0 {
		return nil
	}
	return problem.Newf(problem.Invalid, "pages_not_mapped", "%d of the lines could not be mapped in full.", f.count).
		With(f.fields...)
}
