#include "remote/http.h"

enum http_class
http_class_of(int status)
{
	switch (status) {
	case 0:
		return HTTP_TRANSPORT;
	case 401:
		return HTTP_AUTH;
	case 403:
		return HTTP_FORBIDDEN;
	case 404:
		return HTTP_MISSING;
	case 429:
		return HTTP_THROTTLED;
	case 500:
	case 502:
	case 503:
	case 504:
		return HTTP_SERVER;
	}
	if (status >= 200 && status < 300)
		return HTTP_OK;
	if (status >= 300 && status < 400)
		return HTTP_REDIRECT;
	return HTTP_PERMANENT;
}
