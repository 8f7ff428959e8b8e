//! No output is written over evidence or over another output: a name given
//! twice is a slip, and what stood there would be lost without a word.

use std::fs;
use std::path::{Path, PathBuf};

use crate::exit::{Failure, Trouble};

/// A file of a command line, with the flag that names it.
pub(super) type Named<'a> = (&'static str, Option<&'a Path>);

/// The files of a command line, as what they are named to the user.
pub(super) fn files<'a>(what: &'static str, paths: &'a [PathBuf]) -> Vec<Named<'a>> {
    let files = paths.iter();
    files.map(|path| (what, Some(path.as_path()))).collect()
}

/// Makes sure that none of the outputs is one of the inputs, or another
/// output. Pipes and devices may be named as often as one likes.
///
/// # Errors
/// When one is.
pub(super) fn apart(outputs: &[Named], inputs: &[Named]) -> Result<(), Failure> {
    let placed = |(flag, path): &Named| Some((*flag, place((*path)?)?));
    let mut taken: Vec<_> = inputs.iter().filter_map(placed).collect();
    for (flag, path) in outputs.iter().filter_map(placed) {
        if let Some((other, _)) = taken.iter().find(|(_, known)| *known == path) {
            let file = path.display();
            let error = anyhow::anyhow!("{file} is both {other} and {flag}: it would be lost");
            return Err(Failure::Usage(
                Trouble::new(error).hint("name another file"),
            ));
        }
        taken.push((flag, path));
    }
    Ok(())
}

/// Where a file is or will be, links followed; `None` of what is no file.
fn place(path: &Path) -> Option<PathBuf> {
    if path == Path::new("-") {
        return None;
    }
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => None,
        Ok(_) => fs::canonicalize(path).ok(),
        Err(_) => {
            let parent = path.parent().filter(|own| !own.as_os_str().is_empty());
            let parent = fs::canonicalize(parent.unwrap_or(Path::new("."))).ok()?;
            Some(parent.join(path.file_name()?))
        }
    }
}
