package httpauth_test

import (
	"net"
	"net/url"
	"strconv"
	"syscall"
	"testing"
)

// blackHole makes ::1, at the port of a URL, an address that takes no more
// connections and does not say so: its queue is full, and what is sent to it is
// dropped.
func blackHole(t *testing.T, of string) {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	address := &syscall.SockaddrInet6{Port: port, Addr: [16]byte(net.IPv6loopback)}
	fd, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_STREAM, 0)
	if err == nil {
		t.Cleanup(func() { _ = syscall.Close(fd) })
		err = syscall.Bind(fd, address)
	}
	if err == nil {
		err = syscall.Listen(fd, 0)
	}
	if err != nil {
		t.Logf("no black hole on this machine, which makes it easier: %v", err)
		return
	}
	for range 3 {
		c, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
		if err == nil {
			_ = syscall.Connect(c, address)
			t.Cleanup(func() { _ = syscall.Close(c) })
		}
	}
}
