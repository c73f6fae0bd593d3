package chat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/grafana/sobek"
)

var errInit = errors.New("connect opens sockets: call it in the scenario's function, not while the script loads")

// decode reads an options object strictly: a field that the call does not know is an error, so that a misspelt one
// cannot be ignored in silence.
func decode(call string, options sobek.Value, into any) error {
	if options == nil || sobek.IsUndefined(options) || sobek.IsNull(options) {
		return fmt.Errorf("%s needs an options object", call)
	}
	text, err := json.Marshal(options.Export())
	if err != nil {
		return fmt.Errorf("%s: options are no plain data: %w", call, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", call, err)
	}
	return nil
}
