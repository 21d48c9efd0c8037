package event

// value reads any JSON value as an extra field holds it: a string decoded,
// everything else as its text.
func (s *scanner) value() Value {
	switch s.peek() {
	case '"':
		return Value{KindString, s.str("a value")}
	case '{', '[':
		return s.nested()
	case 't':
		s.literal("true")
		return Value{KindBool, "true"}
	case 'f':
		s.literal("false")
		return Value{KindBool, "false"}
	case 'n':
		s.literal("null")
		return Value{KindNull, "null"}
	case 0:
		s.fail(s.pos, "expected a value"+s.found())
		return Value{}
	default:
		if c := s.text[s.pos]; c != '-' && c-'0' > 9 {
			s.fail(s.pos, "expected a value"+s.found())
			return Value{}
		}
		return Value{KindNumber, s.number()}
	}
}

// nested reads an object or array and keeps its text, checked but not decoded.
func (s *scanner) nested() Value {
	start, kind := s.pos, KindObject
	if s.text[start] == '[' {
		kind = KindArray
	}
	s.skip(1)
	if s.fault != "" {
		return Value{}
	}
	return Value{kind, oneLine(s.text[start:s.pos])}
}

// skip checks the value that comes next at the given depth of nesting.
func (s *scanner) skip(depth int) {
	switch s.peek() {
	case '{':
		s.skipAll('}', "',' or '}'", depth)
	case '[':
		s.skipAll(']', "',' or ']'", depth)
	case '"':
		s.skipString("a value")
	default:
		s.value()
	}
}

// skipAll checks the members of an object or the elements of an array, up to the
// byte that ends it.
func (s *scanner) skipAll(end byte, more string, depth int) {
	if depth > MaxDepth {
		s.fail(s.pos, "nested deeper than 64 levels")
		return
	}
	s.pos++
	if s.accept(end) {
		return
	}
	for s.fault == "" {
		if end == '}' {
			s.skipString("a key")
			s.expect(':', "':' after a key")
		}
		s.skip(depth + 1)
		if s.accept(end) {
			return
		}
		s.expect(',', more)
	}
}

func (s *scanner) skipString(want string) {
	if s.expect('"', want) {
		s.stringEnd()
	}
}

// oneLine returns the checked JSON text without controls, which can only be
// white space between tokens there.
func oneLine(text string) string {
	for i := 0; i < len(text); i++ {
		if text[i] < ' ' {
			return blankControls(text)
		}
	}
	return text
}

func blankControls(text string) string {
	out := []byte(text)
	for i, c := range out {
		if c < ' ' {
			out[i] = ' '
		}
	}
	return string(out)
}
