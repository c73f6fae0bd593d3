package chat

import (
	"time"

	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/metrics"

	"chatlab/generator/fleet"
)

// gauges are the figures that k6 exports to Prometheus. Latencies stay in HDR histograms: a k6 Trend keeps every sample.
type gauges struct {
	sent, acked, delivered, refused, connected, pending *metrics.Metric
}

func register(registry *metrics.Registry) (*gauges, error) {
	var first error
	metric := func(name string, kind metrics.MetricType) *metrics.Metric {
		m, err := registry.NewMetric(name, kind)
		if first == nil {
			first = err
		}
		return m
	}
	return &gauges{
		sent:      metric("chat_sent", metrics.Counter),
		acked:     metric("chat_acked", metrics.Counter),
		delivered: metric("chat_delivered", metrics.Counter),
		refused:   metric("chat_refused", metrics.Counter),
		connected: metric("chat_connected", metrics.Gauge),
		pending:   metric("chat_pending", metrics.Gauge),
	}, first
}

// observer pushes one sample of each metric a second.
func (g *gauges) observer(vu modules.VU) func(fleet.Second) {
	ctx, samples, tags := vu.Context(), vu.State().Samples, vu.State().Tags.GetCurrentValues().Tags
	return func(second fleet.Second) {
		now := time.Now()
		sample := func(metric *metrics.Metric, value int64) metrics.Sample {
			return metrics.Sample{TimeSeries: metrics.TimeSeries{Metric: metric, Tags: tags}, Time: now, Value: float64(value)}
		}
		metrics.PushIfNotDone(ctx, samples, metrics.ConnectedSamples{Tags: tags, Time: now, Samples: []metrics.Sample{
			sample(g.sent, second.Sent), sample(g.acked, second.Acked), sample(g.delivered, second.Delivered),
			sample(g.refused, second.Refused), sample(g.connected, second.Connected), sample(g.pending, second.Pending),
		}})
	}
}
