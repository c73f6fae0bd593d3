package chat

import (
	"strings"
	"testing"

	"chatlab/generator/fleet"
	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/ext"
)

func TestTheModuleIsRegistered(t *testing.T) {
	if ext.Get(ext.JSExtension)["k6/x/chat"] == nil {
		t.Error("k6/x/chat is not registered")
	}
}

func TestOptionsAreReadStrictly(t *testing.T) {
	for _, row := range []struct{ script, problem string }{
		{`({quietMs: 5, maxMs: 7})`, ""},
		{`({quietMs: 5, maxMs: 7, quiteMs: 5})`, `unknown field "quiteMs"`},
		{`({quietMs: "5"})`, "quietMs"},
		{`undefined`, "drain needs an options object"},
		{`null`, "drain needs an options object"},
	} {
		value, err := sobek.New().RunString(row.script)
		if err != nil {
			t.Fatal(err)
		}
		var config fleet.DrainConfig
		err = decode("drain", value, &config)
		if row.problem == "" && (err != nil || config.MaxMs != 7) {
			t.Errorf("%s: %+v, %v", row.script, config, err)
		}
		if row.problem != "" && (err == nil || !strings.Contains(err.Error(), row.problem)) {
			t.Errorf("%s: got %v, want %q in it", row.script, err, row.problem)
		}
	}
}
