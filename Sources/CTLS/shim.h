/* OpenSSL 3: TLS, and AES. */
#ifndef CTLS_SHIM_H
#define CTLS_SHIM_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

/* Function-like macros, and those with casts, do not import into Swift. */
static inline int ctls_at_least_tls_1_2(SSL_CTX *context) { return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION); }
static inline void ctls_keep_no_sessions(SSL_CTX *context) { SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); }
static inline void ctls_limit_message(SSL_CTX *context, long bytes) { SSL_CTX_set_max_cert_list(context, bytes); }
#ifndef SSL_OP_NO_RX_CERTIFICATE_COMPRESSION
#define SSL_OP_NO_RX_CERTIFICATE_COMPRESSION 0
#endif
static const uint64_t ctls_options =
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_NO_RX_CERTIFICATE_COMPRESSION;

/* A write that was refused may be tried again from another address, and may be taken in part. */
static inline void ctls_set_write_mode(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static inline int ctls_set_server_name(SSL *tls, const char *name) { return (int)SSL_set_tlsext_host_name(tls, name); }
static inline void ctls_bio_wants_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void ctls_bio_wants_write(BIO *bio) { BIO_set_retry_write(bio); }
static inline void ctls_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
static const int ctls_bio_flush = BIO_CTRL_FLUSH;
static const unsigned long ctls_one_line = XN_FLAG_ONELINE;
static inline int ctls_bio_type(void) { return BIO_get_new_index() | BIO_TYPE_SOURCE_SINK; }

static inline int ctls_error_library(unsigned long error) { return ERR_GET_LIB(error); }
static inline int ctls_error_reason(unsigned long error) { return ERR_GET_REASON(error); }
static const int ctls_library_system = ERR_LIB_SYS;
static const int ctls_library_ssl = ERR_LIB_SSL;

/* Whom a failed verification belongs to: the pointer given to SSL_set_ex_data(tls, 0, …). */
static inline void *ctls_verified_by(X509_STORE_CTX *store) {
    SSL *tls = (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    return tls ? SSL_get_ex_data(tls, 0) : NULL;
}

/* A key with a passphrase would make OpenSSL ask for it at the terminal. */
static inline int ctls_no_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}
static inline void ctls_ask_for_no_passphrase(SSL_CTX *context) { SSL_CTX_set_default_passwd_cb(context, ctls_no_passphrase); }

/* Seconds since 1970 of an ASN.1 time; -1 where it is none. */
static inline long long ctls_seconds(const ASN1_TIME *time) {
    struct tm parts;
    return time && ASN1_TIME_to_tm(time, &parts) ? (long long)timegm(&parts) : -1;
}

/* The certificates that the peer has sent, its own first. */
static inline int ctls_chain_count(const X509_STORE_CTX *store) { return sk_X509_num(X509_STORE_CTX_get0_untrusted(store)); }
static inline X509 *ctls_chain_certificate(const X509_STORE_CTX *store, int index) {
    return sk_X509_value(X509_STORE_CTX_get0_untrusted(store), index);
}

/* The encoded subject alternative names of a certificate, as they lie in it; NULL where it has none. */
static inline const unsigned char *ctls_alternative_names(const X509 *certificate, int *length) {
    X509_EXTENSION *extension = X509_get_ext(certificate, X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1));
    const ASN1_OCTET_STRING *value = extension ? X509_EXTENSION_get_data(extension) : NULL;
    if (!value) return NULL;
    *length = ASN1_STRING_length(value);
    return ASN1_STRING_get0_data(value);
}

#endif
