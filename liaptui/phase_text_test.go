package liaptui

import "testing"

func TestPhaseTextsAreReadBack(t *testing.T) {
	for _, want := range Phases() {
		text, _ := want.MarshalText()
		var got Phase
		if err := got.UnmarshalText(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	if err := new(Phase).UnmarshalText([]byte("phase(77)")); err == nil {
		t.Error("read what is no phase")
	}
}
