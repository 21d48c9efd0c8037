package bus_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// natsServer runs a server of the given options, as an operator would have one.
func natsServer(t *testing.T, o *server.Options) string {
	t.Helper()
	o.Host, o.Port, o.JetStream, o.StoreDir, o.NoSigs, o.NoLog = "127.0.0.1", server.RANDOM_PORT, true, t.TempDir(), true, true
	ns, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("server is not ready")
	}
	return ns.ClientURL()
}

// connects reports the error of connecting with o and setting up the streams.
func connects(t *testing.T, o bus.Options) error {
	t.Helper()
	b, err := bus.Connect(t.Context(), o, bustest.Log(t), nil)
	if err != nil {
		return err
	}
	defer b.Close()
	return b.Setup(t.Context())
}

func checkAuth(t *testing.T, url string, good func(*bus.Options)) {
	t.Helper()
	o := bustest.Options()
	o.URL = url
	if err := connects(t, o); err == nil || !strings.Contains(strings.ToLower(err.Error()), "authorization") {
		t.Errorf("without credentials: %v, expected an authorization error", err)
	}
	good(&o)
	if err := connects(t, o); err != nil {
		t.Errorf("with credentials: %v", err)
	}
}

func TestUserAndPassword(t *testing.T) {
	t.Parallel()
	url := natsServer(t, &server.Options{Username: "goshawk", Password: "correct horse"})
	checkAuth(t, url, func(o *bus.Options) { o.User, o.Password = "goshawk", unit.NewSecret("correct horse") })
}

func TestToken(t *testing.T) {
	t.Parallel()
	url := natsServer(t, &server.Options{Authorization: "open sesame"})
	checkAuth(t, url, func(o *bus.Options) { o.Token = unit.NewSecret("open sesame") })
}

func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestNKey(t *testing.T) {
	t.Parallel()
	pair := must[nkeys.KeyPair](t)(nkeys.CreateUser())
	public := must[string](t)(pair.PublicKey())
	seed := must[[]byte](t)(pair.Seed())
	url := natsServer(t, &server.Options{Nkeys: []*server.NkeyUser{{Nkey: public}}})
	checkAuth(t, url, func(o *bus.Options) { o.NKey = writeFile(t, "user.nk", seed) })
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	operator := must[nkeys.KeyPair](t)(nkeys.CreateOperator())
	account := must[nkeys.KeyPair](t)(nkeys.CreateAccount())
	user := must[nkeys.KeyPair](t)(nkeys.CreateUser())
	accountID := must[string](t)(account.PublicKey())
	claims := jwt.NewAccountClaims(accountID)
	claims.Limits.JetStreamLimits = jwt.JetStreamLimits{DiskStorage: -1, MemoryStorage: -1, Streams: -1, Consumer: -1}
	accountJWT := must[string](t)(claims.Encode(operator))
	userJWT := must[string](t)(jwt.NewUserClaims(must[string](t)(user.PublicKey())).Encode(account))
	creds := must[[]byte](t)(jwt.FormatUserConfig(userJWT, must[[]byte](t)(user.Seed())))

	systemID := must[string](t)(must[nkeys.KeyPair](t)(nkeys.CreateAccount()).PublicKey())
	systemJWT := must[string](t)(jwt.NewAccountClaims(systemID).Encode(operator))
	resolver := &server.MemAccResolver{}
	for id, token := range map[string]string{accountID: accountJWT, systemID: systemJWT} {
		if err := resolver.Store(id, token); err != nil {
			t.Fatal(err)
		}
	}
	trusted := jwt.NewOperatorClaims(must[string](t)(operator.PublicKey()))
	url := natsServer(t, &server.Options{TrustedOperators: []*jwt.OperatorClaims{trusted}, AccountResolver: resolver, SystemAccount: systemID})
	checkAuth(t, url, func(o *bus.Options) { o.Credentials = writeFile(t, "user.creds", creds) })
}

// certificate makes a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T) (cert, key []byte) {
	t.Helper()
	private := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "nats.example.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, &template, &template, &private.PublicKey, private))
	keyDER := must[[]byte](t)(x509.MarshalECPrivateKey(private))
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	pair := must[tls.Certificate](t)(tls.X509KeyPair(cert, key))
	url := natsServer(t, &server.Options{TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}})
	o := bustest.Options()
	o.URL = url
	if err := connects(t, o); err == nil {
		t.Error("a server with an unknown authority was trusted")
	}
	o.TLS = bus.TLS{Enabled: true, CA: writeFile(t, "ca.pem", cert)}
	if err := connects(t, o); err != nil {
		t.Error(err)
	}
}

func TestEmbeddedServerRefusesToListenOpenly(t *testing.T) {
	t.Parallel()
	for listen, good := range map[string]bool{"127.0.0.1:0": true, "[::1]:4222": true, "localhost:4222": true, "": true, "0.0.0.0:4222": false, "192.0.2.1:4222": false, ":4222": false, "nonsense": false, "127.0.0.1:http": false} {
		o := bus.ServerDefaults()
		o.Listen = listen
		if err := o.Validate(); (err == nil) != good {
			t.Errorf("listen %q: %v", listen, err)
		}
	}
	o := bus.ServerDefaults()
	o.Listen, o.Token = "0.0.0.0:4222", unit.NewSecret("t")
	if err := o.Validate(); err != nil {
		t.Errorf("with a token: %v", err)
	}
}

func TestEmbeddedServerAsksForItsToken(t *testing.T) {
	t.Parallel()
	o := bus.ServerDefaults()
	o.Listen, o.Token = "127.0.0.1:0", unit.NewSecret("open sesame")
	s, err := bus.StartServer(o, t.TempDir(), bus.Defaults().Limits, bustest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	bustest.Connect(t, s, bustest.Options()) // within the process
	checkAuth(t, s.URL(), func(o *bus.Options) { o.Token = unit.NewSecret("open sesame") })
}
