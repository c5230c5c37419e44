package problem

import (
	"errors"
	"fmt"
	"testing"
)

func TestProblemsCompareByCodeAndKeepTheirCause(t *testing.T) {
	cause := errors.New("disk")
	p := New(Unavailable, "disk_full", "The disk is full.").Because(cause)
	wrapped := fmt.Errorf("saving: %w", p)
	if !errors.Is(wrapped, New(Internal, "disk_full", "")) || !errors.Is(wrapped, cause) {
		t.Fatal("code or cause lost")
	}
	if CodeOf(wrapped) != "disk_full" || KindOf(wrapped) != Unavailable || KindOf(cause) != Internal {
		t.Fatal("kind or code lost")
	}
}

func TestCopiesDoNotShareFields(t *testing.T) {
	base := New(Invalid, "x", "y").With(Field{Path: "a"})
	one, two := base.With(Field{Path: "b"}), base.With(Field{Path: "c"})
	if one.Fields[1].Path != "b" || two.Fields[1].Path != "c" || len(base.Fields) != 1 {
		t.Fatal("copies share a backing array")
	}
	if base.WithData("k", 1).Data["k"] != 1 || base.Data != nil {
		t.Fatal("data leaked into the original")
	}
}

func TestFieldsErr(t *testing.T) {
	var f Fields
	if f.Err("x", "y") != nil {
		t.Fatal("no faults is no error")
	}
	f.Add("a", "required", "Give a name.")
	if p := Of(f.Err("x", "y")); p == nil || p.Kind != Invalid || len(p.Fields) != 1 {
		t.Fatal("faults lost")
	}
}
