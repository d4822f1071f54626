package middleware_test

import "context"

type ctx = context.Context
