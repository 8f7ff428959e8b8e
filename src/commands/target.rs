//! What a live command is about: whose runners, whose jobs, on which GitHub.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{anyhow, bail, ensure};

use crate::cli::{DeliveriesOf, TargetArgs, TargetRepo, target_repo};
use crate::github::Api;
use crate::model::{Hook, RepoName, Scope, Sight};

/// The target, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Aim {
    pub(crate) api: Api,
    /// Whose runners.
    pub(crate) scopes: Vec<Scope>,
    /// Whose jobs: these repositories,
    pub(crate) repos: Vec<RepoName>,
    /// and all that these owners have.
    pub(crate) owners: Vec<Arc<str>>,
    pub(crate) sight: Sight,
    /// The webhook whose deliveries tell which repositories are at work.
    pub(crate) hook: Option<Hook>,
}

impl Aim {
    /// Reads the flags; `gh_repo` is `GH_REPO`, which serves only where no
    /// target is given.
    pub(crate) fn of(args: &TargetArgs, gh_repo: Option<&str>) -> anyhow::Result<Self> {
        let given = !args.repos.is_empty() || !args.orgs.is_empty() || args.enterprise.is_some();
        let repos = match gh_repo.filter(|text| !text.is_empty()) {
            Some(text) if !given => {
                let repo = target_repo(text);
                vec![repo.map_err(|why| anyhow!("GH_REPO: {why}"))?]
            }
            _ => args.repos.clone(),
        };
        let api = api(args, &repos)?;
        let repos = sorted(repos.into_iter().map(|target| target.repo));
        let orgs = sorted(args.orgs.iter().map(|org| Arc::clone(&org.name)));
        let aim = |scopes, sight| Self {
            api,
            scopes,
            owners: unnamed(&orgs, &repos),
            repos: repos.clone(),
            sight,
            hook: None,
        };
        if let Some(enterprise) = &args.enterprise {
            ensure!(
                !orgs.is_empty() || !repos.is_empty(),
                "GitHub lists no jobs of an enterprise: give --org or --repo for them"
            );
            // Nobody lists the organizations of an enterprise either.
            let scope = Scope::Enterprise(Arc::clone(&enterprise.name));
            return Ok(aim(vec![scope], Sight::Part));
        }
        if orgs.is_empty() {
            ensure!(
                !repos.is_empty(),
                "no target: give --repo, --org or --enterprise"
            );
            let scopes = repos.iter().cloned().map(Scope::Repo).collect();
            return Ok(aim(scopes, Sight::Whole));
        }
        let scopes: Vec<_> = orgs.iter().cloned().map(Scope::Org).collect();
        if let Some(foreign) = repos
            .iter()
            .find(|repo| !scopes.iter().any(|org| org.covers(repo)))
        {
            bail!("{foreign} belongs to no given --org: its jobs cannot run on those runners");
        }
        let named = if repos.is_empty() {
            Sight::Whole
        } else {
            Sight::Part
        };
        Ok(aim(scopes, named))
    }

    /// The same with the log of a webhook, whose owner the target names.
    pub(crate) fn hearing(self, deliveries: Option<DeliveriesOf>) -> anyhow::Result<Self> {
        let hook = deliveries.map(|of| self.hook_of(of)).transpose()?;
        Ok(Self { hook, ..self })
    }

    fn hook_of(&self, deliveries: DeliveriesOf) -> anyhow::Result<Hook> {
        let one_of = |level: &str, all: usize| match all {
            0 => anyhow!("--deliveries {level}:HOOK_ID needs --{level}"),
            _ => anyhow!("--deliveries {level}:HOOK_ID needs one --{level}, got {all}"),
        };
        match deliveries {
            DeliveriesOf::App => Ok(Hook::App),
            DeliveriesOf::Org(id) => {
                let of_repos = self.repos.iter().map(|repo| &repo.owner);
                let orgs = sorted(of_repos.chain(&self.owners).cloned());
                match orgs.as_slice() {
                    [org] => Ok(Hook::Org {
                        org: Arc::clone(org),
                        id,
                    }),
                    orgs => Err(one_of("org", orgs.len())),
                }
            }
            DeliveriesOf::Repo(id) => match self.repos.as_slice() {
                [repo] => Ok(Hook::Repo {
                    repo: repo.clone(),
                    id,
                }),
                repos => Err(one_of("repo", repos.len())),
            },
        }
    }

    /// What tells this target from others: the scopes, and after them what
    /// narrows the jobs.
    pub(crate) fn identity(&self) -> Vec<Scope> {
        let repos = self.repos.iter().cloned().map(Scope::Repo);
        let owners = self.owners.iter().cloned().map(Scope::Org);
        let mut all = self.scopes.clone();
        for scope in repos.chain(owners) {
            if !all.contains(&scope) {
                all.push(scope);
            }
        }
        all
    }
}

/// Organizations of which no repository is named: all of them are read.
fn unnamed(orgs: &[Arc<str>], repos: &[RepoName]) -> Vec<Arc<str>> {
    let named = |org: &Arc<str>| {
        repos
            .iter()
            .any(|repo| repo.owner.eq_ignore_ascii_case(org))
    };
    orgs.iter().filter(|org| !named(org)).cloned().collect()
}

/// The API that the target names: `--api-url`, else the host of the target,
/// else `--host`, else github.com.
fn api(args: &TargetArgs, repos: &[TargetRepo]) -> anyhow::Result<Api> {
    let of_repos = repos.iter().filter_map(|repo| repo.host.clone());
    let names = args.orgs.iter().chain(&args.enterprise);
    let hosts = sorted(of_repos.chain(names.filter_map(|name| name.host.clone())));
    ensure!(
        hosts.len() < 2,
        "one GitHub host at a time, got {}",
        hosts.join(" and ")
    );
    let given = args.host.clone().filter(|host| !host.is_empty());
    let host = hosts.into_iter().next().or(given);
    let host = host.unwrap_or_else(|| "github.com".to_owned());
    Ok(
        match args.api_url.as_deref().filter(|url| !url.is_empty()) {
            Some(url) => Api::from_url(url)?,
            None => Api::from_host(&host)?,
        },
    )
}

/// In order and each once, as it was given first: GitHub's names know no case.
fn sorted<T: Ord + ToString>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut known = BTreeSet::new();
    let once = items.filter(|item| known.insert(item.to_string().to_ascii_lowercase()));
    let mut all: Vec<_> = once.collect();
    all.sort();
    all
}
