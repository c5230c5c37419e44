package connector

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"millrace/internal/platform/problem"
)

func TestCheckDepth(t *testing.T) {
	for raw, ok := range map[string]bool{
		`[[1]]`: true, `[[[1]]]`: false, `{"a":{"b":1}}`: true, `{"a":{"b":[]}}`: false, `["[[[[{{{{"]`: true,
		`["\"[[[["]`: true, `"\\"`: true, `[[],[],[[`: false, ``: true,
	} {
		err := CheckDepth([]byte(raw), 2)
		if (err == nil) != ok {
			t.Errorf("%s: %v", raw, err)
		}
		if err != nil && problem.CodeOf(err) != "json_too_deep" {
			t.Errorf("%s: code %s", raw, problem.CodeOf(err))
		}
	}
}

func TestReadPagesGoesOnAfterABadLine(t *testing.T) {
	var seen []string
	err := ReadPages(strings.NewReader("a\n\nbad\r\nb"), func(line int, raw []byte) error {
		text := strings.TrimSpace(string(raw))
		if text == "bad" {
			return problem.New(problem.Invalid, "some_code", "It is bad.")
		}
		seen = append(seen, fmt.Sprint(line, text))
		return nil
	})
	p := problem.Of(err)
	if p == nil || len(p.Fields) != 1 || p.Fields[0].Path != "line 3" || p.Fields[0].Code != "some_code" {
		t.Errorf("error %v", err)
	}
	if fmt.Sprint(seen) != "[1a 4b]" {
		t.Errorf("seen %v", seen)
	}
}

// A line without an end must not take the memory of the machine, and the next line must still be read.
func TestReadPagesRefusesAnEndlessLine(t *testing.T) {
	endless := io.MultiReader(io.LimitReader(letters{}, MaxPageBytes+5), strings.NewReader("\nnext"))
	var seen []string
	err := ReadPages(endless, func(line int, raw []byte) error {
		seen = append(seen, fmt.Sprint(line, string(raw)))
		return nil
	})
	if fmt.Sprint(seen) != "[2next]" {
		t.Errorf("seen %v", seen)
	}
	if p := problem.Of(err); p == nil || p.Fields[0].Code != "page_too_large" {
		t.Errorf("error %v", err)
	}
}

func TestReadPagesStops(t *testing.T) {
	cause := errors.New("the output is gone")
	calls := 0
	err := ReadPages(strings.NewReader("a\nb\nc"), func(int, []byte) error { calls++; return Stop(cause) })
	if !errors.Is(err, cause) || calls != 1 {
		t.Errorf("error %v after %d calls", err, calls)
	}
	broken := io.MultiReader(strings.NewReader("a\n"), failing{})
	if err := ReadPages(broken, func(int, []byte) error { return nil }); !errors.Is(err, errReading) {
		t.Errorf("error %v", err)
	}
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

var errReading = errors.New("cable pulled")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errReading }
