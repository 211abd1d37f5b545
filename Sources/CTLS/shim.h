/* OpenSSL 3: TLS. */
#ifndef CTLS_SHIM_H
#define CTLS_SHIM_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

/* Function-like macros, and those with casts, do not import into Swift. */
static inline int ctls_at_least_tls_1_2(SSL_CTX *context) { return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION); }
static inline void ctls_keep_no_sessions(SSL_CTX *context) { SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); }
static const uint64_t ctls_options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET;

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

/* The `index`-th subject alternative name of a certificate as text, at most size - 1 bytes: 1, or 0 behind the last. A name of
   another kind is an empty text. */
static inline int ctls_alternative_name(const X509 *certificate, int index, char *text, int size) {
    GENERAL_NAMES *names = (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int isThere = names && index < sk_GENERAL_NAME_num(names);
    text[0] = 0;
    if (isThere) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
        if (name->type == GEN_DNS) {
            int length = ASN1_STRING_length(name->d.dNSName);
            if (length > size - 1) length = size - 1;
            memcpy(text, ASN1_STRING_get0_data(name->d.dNSName), (size_t)length);
            text[length] = 0;
        } else if (name->type == GEN_IPADD) {
            const unsigned char *bytes = ASN1_STRING_get0_data(name->d.iPAddress);
            int length = ASN1_STRING_length(name->d.iPAddress);
            if (length == 4) {
                BIO_snprintf(text, (size_t)size, "%d.%d.%d.%d", bytes[0], bytes[1], bytes[2], bytes[3]);
            } else if (length == 16) {
                int used = 0;
                for (int i = 0; i < 16 && used < size - 6; i += 2)
                    used += BIO_snprintf(text + used, (size_t)(size - used), i ? ":%x" : "%x", bytes[i] << 8 | bytes[i + 1]);
            }
        }
    }
    GENERAL_NAMES_free(names);
    return isThere;
}

#endif
