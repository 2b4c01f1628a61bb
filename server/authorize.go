package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// change guards a handler that changes something, and audits it: pages of other
// sites may not call it, and nobody may without the administrator's rights.
func (s *Server) change(verb string, next changer) http.Handler {
	noted := s.audited(verb, next)
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, problem{Status: http.StatusForbidden, Code: "cross_origin", Detail: "pages of other sites may not change anything here"})
	}))
	return protection.Handler(s.admin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			writeProblem(w, r, draining)
			return
		}
		noted(w, r)
	})))
}

// admin lets the administrator through only.
func (s *Server) admin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p, ok := s.authorize(r); !ok {
			if p.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="pitboss"`)
			}
			writeProblem(w, r, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// authorize says whether a request is the administrator's, and if not, why.
func (s *Server) authorize(r *http.Request) (problem, bool) {
	if s.config.AdminToken == "" {
		return problem{
			Status: http.StatusForbidden, Code: "loopback_only",
			Detail: "without an admin token this works from the server's own machine only",
		}, fromThisMachine(r)
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	// Hashes are of one length, so that the comparison tells nothing of the
	// token's.
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.config.AdminToken))
	return problem{
		Status: http.StatusUnauthorized, Code: "admin_token",
		Detail: "this needs the admin token: Authorization: Bearer …",
	}, strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// fromThisMachine says whether a request comes from this machine and means it:
// one through a proxy does not, and neither does a page whose name was made to
// point here (DNS rebinding), which shows in the Host header.
func fromThisMachine(r *http.Request) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && isLoopbackName(r.Host)
}

func isLoopbackName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
