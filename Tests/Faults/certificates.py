"""An authority and the certificates that it makes, by openssl."""

import ssl
import subprocess


def context(certificate, key, only=None):
    """A server's side of TLS, of one version only if given."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if only:
        made.minimum_version = made.maximum_version = only
        made.set_ciphers("ALL:@SECLEVEL=0")
    made.load_cert_chain(certificate, key)
    return made


class Authority:
    """`ca.pem` in a directory, and what it signs beside it."""

    def __init__(self, directory, name="ca"):
        self.directory, self.name = directory, name
        self.path = f"{directory}/{name}.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
                      "-subj", f"/CN=Faults {name}", "-keyout", f"{directory}/{name}.key", "-out", self.path)

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *words], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {words[0]}: {done.stderr[-500:]}")

    def sign(self, name, alternative=None, begin=None, end=None):
        """(certificate, key) for those alternative names, such as `IP:10.99.1.2`; valid for 30 days, or as said (YYYYMMDDhhmmssZ)."""
        base = f"{self.directory}/{name}"
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", f"{base}.key", "-out", f"{base}.csr")
        with open(f"{base}.ext", "w") as file:
            file.write("[default]\nbasicConstraints=CA:FALSE\n" + (f"subjectAltName={alternative}\n" if alternative else ""))
        # `ca`, for `x509` cannot set when a certificate begins.
        with open(f"{base}.index", "w"), open(f"{base}.cnf", "w") as file:
            file.write(f"[ca]\ndefault_ca=here\n[here]\ndatabase={base}.index\nnew_certs_dir={self.directory}\nrand_serial=yes\n"
                       f"certificate={self.path}\nprivate_key={self.directory}/{self.name}.key\ndefault_md=sha256\npolicy=any\n"
                       f"unique_subject=no\n[any]\ncommonName=supplied\n")
        when = ["-startdate", begin, "-enddate", end] if begin else ["-days", "30"]
        self._openssl("ca", "-batch", "-config", f"{base}.cnf", "-extfile", f"{base}.ext", "-extensions", "default", *when,
                      "-in", f"{base}.csr", "-notext", "-out", f"{base}.pem")
        return f"{base}.pem", f"{base}.key"
