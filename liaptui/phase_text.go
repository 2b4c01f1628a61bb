package liaptui

import (
	"fmt"
	"slices"
)

// UnmarshalText decodes what MarshalText wrote.
func (p *Phase) UnmarshalText(text []byte) error {
	n := slices.Index(phaseTexts[:], string(text))
	if n < 0 {
		return fmt.Errorf("%q is not a phase", text)
	}
	*p = Phases()[n]
	return nil
}
