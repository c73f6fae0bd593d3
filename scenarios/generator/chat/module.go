// Package chat is the k6 module `k6/x/chat`: it turns calls from a scenario into a fleet and a fleet's figures into k6
// metrics. What is sent, by whom and when is the scenario's to say (index.d.ts has the types).
package chat

import (
	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"

	"chatlab/generator/fleet"
)

func init() { modules.Register("k6/x/chat", new(Root)) }

// Root makes one instance a VU; it has no state of its own.
type Root struct{}

type instance struct {
	vu      modules.VU
	metrics *gauges
}

var (
	_ modules.Module   = (*Root)(nil)
	_ modules.Instance = (*instance)(nil)
)

// NewModuleInstance implements modules.Module.
func (*Root) NewModuleInstance(vu modules.VU) modules.Instance {
	metrics, err := register(vu.InitEnv().Registry)
	if err != nil {
		common.Throw(vu.Runtime(), err)
	}
	return &instance{vu: vu, metrics: metrics}
}

// Exports implements modules.Instance.
func (i *instance) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{"connect": i.connect}}
}

func (i *instance) connect(options sobek.Value) *handle {
	if i.vu.State() == nil {
		i.throw(errInit)
	}
	var config fleet.ConnectConfig
	i.check(decode("connect", options, &config))
	f, err := fleet.Connect(i.vu.Context(), config)
	i.check(err)
	f.Observe = i.metrics.observer(i.vu)
	return &handle{instance: i, fleet: f}
}

func (i *instance) throw(err error) { common.Throw(i.vu.Runtime(), err) }

func (i *instance) check(err error) {
	if err != nil {
		i.throw(err)
	}
}

// handle is the fleet as the scenario sees it. Every call returns when its work is done.
type handle struct {
	instance *instance
	fleet    *fleet.Fleet
}

// Run sends the profile.
func (h *handle) Run(options sobek.Value) {
	var config fleet.RunConfig
	h.instance.check(decode("run", options, &config))
	h.instance.check(h.fleet.Run(h.instance.vu.Context(), config))
}

// Drain waits for what is on its way and writes the outputs.
func (h *handle) Drain(options sobek.Value) fleet.Summary {
	var config fleet.DrainConfig
	h.instance.check(decode("drain", options, &config))
	summary, err := h.fleet.Drain(h.instance.vu.Context(), config)
	h.instance.check(err)
	return summary
}

// Close ends the fleet.
func (h *handle) Close() { h.instance.check(h.fleet.Close()) }
