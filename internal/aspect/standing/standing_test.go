package standing

import "testing"

func TestWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	ada := Standing{person: "ada", home: "/root/north/lab/", teams: map[string]bool{"core": true},
		roles: []held{{Role: "manager", Path: "/root/north/"}, {Role: "chief", Path: "/root/south/", All: true}}}
	for _, c := range []struct {
		party Party
		path  string
		want  bool
	}{
		{Party{RoleParty, "manager"}, "/root/north/lab/", true},
		{Party{RoleParty, "manager"}, "/root/", false},
		{Party{RoleParty, "manager"}, "/root/south/", false},
		{Party{RoleParty, "chief"}, "/root/south/", true},
		{Party{TeamParty, "core"}, "/root/south/", true},
		{Party{TeamParty, "edge"}, "/root/north/", false},
		{Party{UnitParty, "north"}, "/root/south/", true},
		{Party{UnitParty, "nort"}, "/root/north/", false},
		{Party{UnitParty, "south"}, "/root/south/", false},
		{Party{PersonParty, "ada"}, "/root/", true},
		{Party{PersonParty, "bob"}, "/root/", false},
		{Party{"ghost", "ada"}, "/root/", false},
	} {
		if got := ada.Is(c.party, c.path); got != c.want {
			t.Errorf("%v on %s: %v", c.party, c.path, got)
		}
	}
	if !ada.Everything("/root/south/desk/") || ada.Everything("/root/north/") || ada.Everything("/root/") {
		t.Error("the role with every permission holds on its unit and below alone")
	}
	if ada.IsAny(nil, "/root/") || !ada.IsAny([]Party{{TeamParty, "edge"}, {TeamParty, "core"}}, "/root/") {
		t.Error("one of several")
	}
	nobody := Standing{}
	if nobody.Is(Party{PersonParty, ""}, "/") || nobody.Is(Party{RoleParty, ""}, "/") || nobody.Everything("/") {
		t.Error("nobody is somebody")
	}
	if !(Standing{all: true}).Everything("/anything/") {
		t.Error("the system is not everything")
	}
}
