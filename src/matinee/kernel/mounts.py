"""What kind of file system a path lies on. Databases must not lie on a share, and the doctor says so beforehand."""

from pathlib import Path

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "glusterfs", "davfs"}
    | {f"fuse.{kind}" for kind in ("sshfs", "s3fs", "rclone", "gcsfuse", "davfs", "ceph", "glusterfs")}
)
_TABLE = Path("/proc/self/mounts")


def mount_table() -> str:
    """As Linux tells it; empty elsewhere."""
    return _TABLE.read_text(errors="replace") if _TABLE.exists() else ""


def kind_of_file_system(path: Path, mounts: str) -> str:
    """The type of the mount that holds `path`: the longest mount point above it; of equals, the last one mounted."""
    best, kind, resolved = -1, "unknown", path.resolve()
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
        if len(point.parts) >= best and resolved.is_relative_to(point):
            best, kind = len(point.parts), fields[2]
    return kind
