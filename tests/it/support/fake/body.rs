//! The bodies: full objects with every field that GitHub's description
//! requires, as JSON text.

use serde_json::{Value, json};

use super::job::{JobSpec, Phase, StartedAt};
use super::runner::{Flag, Presence, RunnerSpec};
use super::steps::{Step, steps_at};
use super::world::{RunView, World};
use crate::support::time::{FakeClock, Offset};

/// The world at one instant, about to be written down.
pub(crate) struct Snapshot<'a> {
    pub(crate) world: &'a World,
    pub(crate) clock: &'a FakeClock,
    /// Start of all API URLs, without a slash at the end.
    pub(crate) base: &'a str,
    pub(crate) at: Offset,
}

/// Where GitHub's web pages are said to be.
const WEB: &str = "https://github.com";
const SHA: &str = "acb5820ced9479c074f688cc328bf03f341a511d";

impl Snapshot<'_> {
    /// A runner as a list shows it.
    pub(crate) fn listed_runner(&self, scope: &str, runner: &RunnerSpec) -> String {
        let flag = runner.list_flag.as_ref().unwrap_or(&runner.flag);
        self.runner(scope, runner, flag)
    }

    /// A runner as it is read by id.
    pub(crate) fn runner_by_id(&self, scope: &str, runner: &RunnerSpec) -> String {
        self.runner(scope, runner, &runner.flag)
    }

    fn runner(&self, scope: &str, runner: &RunnerSpec, flag: &Flag) -> String {
        let busy = self.world.busy(scope, runner, flag, self.at);
        let status = match runner.presence_at(self.at) {
            Presence::Online => "online",
            Presence::Offline | Presence::Missing => "offline",
        };
        let labels = runner.labels.iter().zip(1_u64..).map(|(name, id)| {
            let custom = !["self-hosted", "Linux", "X64"].contains(&name.as_str());
            let kind = if custom { "custom" } else { "read-only" };
            json!({ "id": id, "name": name, "type": kind })
        });
        json!({
            "id": runner.id, "name": runner.name, "os": runner.os, "status": status, "busy": busy,
            "labels": labels.collect::<Vec<_>>(), "runner_group_id": runner.group.0,
            "ephemeral": runner.ephemeral, "version": runner.version,
        })
        .to_string()
    }

    /// A job's record.
    pub(crate) fn job(&self, repo: &str, job: &JobSpec) -> String {
        let phase = job
            .phase_at(self.at)
            .expect("asked only for jobs that exist");
        let mut record = self.job_record(repo, job, phase);
        if let Some(steps) = self.steps(job, phase) {
            record["steps"] = steps;
        }
        self.assign(&mut record, repo, job, phase);
        if let Some(patch) = &job.patch {
            patch(&mut record, self.at);
        }
        record.to_string()
    }

    fn job_record(&self, repo: &str, job: &JobSpec, phase: Phase) -> Value {
        let (id, run) = (job.id.expect("an id"), job.run.expect("a run"));
        let api = format!("{}/repos/{repo}", self.base);
        let (conclusion, completed) = match phase {
            Phase::Queued | Phase::Running { .. } => (None, None),
            Phase::Completed { end } => (Some(&job.conclusion), Some(self.clock.whole(end))),
        };
        json!({
            "id": id, "run_id": run, "workflow_name": "CI", "head_branch": "main",
            "run_url": format!("{api}/actions/runs/{run}"), "run_attempt": job.attempt,
            "node_id": format!("CR_{id:x}"), "head_sha": SHA, "url": format!("{api}/actions/jobs/{id}"),
            "html_url": format!("{WEB}/{repo}/actions/runs/{run}/job/{id}"),
            "status": phase.status(), "conclusion": conclusion,
            "created_at": self.clock.whole(job.created_at()),
            "started_at": self.clock.whole(started_at(job, phase)),
            "completed_at": completed, "name": job.name,
            "check_run_url": format!("{api}/check-runs/{id}"), "labels": job.labels,
        })
    }

    fn steps(&self, job: &JobSpec, phase: Phase) -> Option<Value> {
        let steps = match phase {
            Phase::Queued => steps_at(job, Offset::MIN)?.into_iter().take(0).collect(),
            Phase::Running { steps_as_of } => steps_at(job, steps_as_of)?,
            Phase::Completed { end } => steps_at(job, end)?,
        };
        Some(steps.iter().map(|step| self.step(step)).collect())
    }

    fn step(&self, step: &Step) -> Value {
        json!({
            "name": step.name, "number": step.number, "status": step.status(),
            "conclusion": step.ended.map(|_| step.conclusion),
            "started_at": step.began.map(|at| self.clock.step(at)),
            "completed_at": step.ended.map(|at| self.clock.step(at)),
        })
    }

    fn assign(&self, record: &mut Value, repo: &str, job: &JobSpec, phase: Phase) {
        let runner = job.runner.filter(|_| phase != Phase::Queued);
        let (name, group, group_name) = match runner {
            None => (None, None, None),
            Some(id) if job.hosted => (
                Some(format!("GitHub Actions {id}")),
                Some(0),
                Some("GitHub Actions".to_owned()),
            ),
            Some(id) => {
                let known = self.world.runner_by_id(repo, id);
                let runner = known.unwrap_or_else(|| panic!("the fake has no runner {id}"));
                let (group, group_name) = runner.group.clone();
                (Some(runner.name.clone()), Some(group), Some(group_name))
            }
        };
        record["runner_id"] = json!(runner);
        record["runner_name"] = json!(name);
        record["runner_group_id"] = json!(group);
        record["runner_group_name"] = json!(group_name);
    }

    /// An annotation, as the runner and the service attach them.
    pub(crate) fn annotation(repo: &str, message: &str) -> String {
        let record = json!({
            "path": ".github", "blob_href": format!("{WEB}/{repo}/blob/{SHA}/.github"),
            "start_line": 1, "start_column": null, "end_line": 1, "end_column": null,
            "annotation_level": "failure", "title": "", "message": message, "raw_details": "",
        });
        record.to_string()
    }

    /// A run's record; `repository` is [`Self::repository`], which a page
    /// of runs repeats two hundred times.
    pub(crate) fn run(&self, repo: &str, repository: &str, run: &RunView) -> String {
        let id = run.id;
        let api = format!("{}/repos/{repo}", self.base);
        let own = format!("{api}/actions/runs/{id}");
        let created = self.clock.whole(run.created);
        let record = json!({
            "id": id, "name": "CI", "node_id": format!("WFR_{id:x}"), "check_suite_id": id + 1,
            "check_suite_node_id": format!("CS_{id:x}"), "head_branch": "main", "head_sha": SHA,
            "path": ".github/workflows/ci.yml", "run_number": id % 10_000, "event": "push",
            "display_title": "Update README.md", "status": run.status, "conclusion": run.conclusion,
            "workflow_id": 159_038, "url": own, "html_url": format!("{WEB}/{repo}/actions/runs/{id}"),
            "pull_requests": [], "created_at": created, "updated_at": self.clock.whole(run.updated),
            "actor": self.user("octocat"), "run_attempt": run.attempt, "referenced_workflows": [],
            "run_started_at": created, "triggering_actor": self.user("octocat"),
            "jobs_url": format!("{own}/jobs"), "logs_url": format!("{own}/logs"),
            "check_suite_url": format!("{api}/check-suites/{}", id + 1),
            "artifacts_url": format!("{own}/artifacts"), "cancel_url": format!("{own}/cancel"),
            "rerun_url": format!("{own}/rerun"), "previous_attempt_url": null,
            "workflow_url": format!("{api}/actions/workflows/159038"),
            "head_commit": self.commit(run.created),
        });
        let text = record.to_string();
        let open = text.strip_suffix('}').expect("an object");
        format!(r#"{open},"repository":{repository},"head_repository":{repository}}}"#)
    }

    fn commit(&self, at: Offset) -> Value {
        let person = json!({ "name": "Octo Cat", "email": "octocat@example.com" });
        json!({
            "id": SHA, "tree_id": "d23f6eedb1e1b9610bbc754ddb5197bfe7271223",
            "message": "Update README.md", "timestamp": self.clock.whole(at),
            "author": person, "committer": person,
        })
    }

    fn user(&self, login: &str) -> Value {
        let api = format!("{}/users/{login}", self.base);
        let mut user = json!({
            "login": login, "id": 1, "node_id": "U_1", "gravatar_id": "", "url": api,
            "avatar_url": format!("{WEB}/images/{login}.gif"), "html_url": format!("{WEB}/{login}"),
            "type": "User", "site_admin": false,
        });
        for (key, path) in USER_URLS {
            user[*key] = json!(format!("{api}/{path}"));
        }
        user
    }

    /// A repository with what lists of installations require besides.
    pub(crate) fn whole_repository(&self, repo: &str) -> String {
        let short = self.repository(repo);
        let open = short.strip_suffix('}').expect("an object");
        let web = format!("{WEB}/{repo}");
        let at = self.clock.whole(Offset(0));
        let more = json!({
            "clone_url": web, "git_url": web, "ssh_url": web, "svn_url": web, "mirror_url": null,
            "created_at": at, "pushed_at": null, "updated_at": at, "default_branch": "main",
            "forks": 0, "forks_count": 0, "has_downloads": true, "has_issues": true,
            "has_pages": false, "has_projects": true, "has_wiki": true, "homepage": null,
            "language": null, "license": null, "open_issues": 0, "open_issues_count": 0,
            "size": 1, "stargazers_count": 0, "watchers": 0, "watchers_count": 0,
        });
        let more = more.to_string();
        format!("{open},{}", &more[1..])
    }

    pub(crate) fn repository_id(&self, repo: &str) -> u64 {
        let place = self.world.repos.iter().position(|known| known == repo);
        1_296_269 + place.unwrap_or_default() as u64
    }

    /// A repository in its short form.
    pub(crate) fn repository(&self, repo: &str) -> String {
        let (owner, name) = repo.split_once('/').expect("owner/name");
        let api = format!("{}/repos/{repo}", self.base);
        let id = self.repository_id(repo);
        let mut record = json!({
            "id": id, "node_id": format!("R_{id:x}"), "name": name, "full_name": repo,
            "owner": self.user(owner), "private": true, "html_url": format!("{WEB}/{repo}"),
            "description": null, "fork": false, "url": api, "archived": self.world.repo_is(repo, "archived"),
            "disabled": self.world.repo_is(repo, "disabled"),
        });
        for (key, path) in REPOSITORY_URLS {
            record[*key] = json!(format!("{api}/{path}"));
        }
        record.to_string()
    }
}

/// While queued it holds the creation; GitHub corrects it at the start, or
/// never.
fn started_at(job: &JobSpec, phase: Phase) -> Offset {
    match (phase, job.started_at) {
        (Phase::Queued, _) | (_, StartedAt::Enqueued) => job.created_at(),
        (Phase::Running { .. } | Phase::Completed { .. }, StartedAt::Real) => job.starts,
    }
}

/// GitHub's further URLs of a user.
const USER_URLS: &[(&str, &str)] = &[
    ("followers_url", "followers"),
    ("following_url", "following{/other_user}"),
    ("gists_url", "gists{/gist_id}"),
    ("starred_url", "starred{/owner}{/repo}"),
    ("subscriptions_url", "subscriptions"),
    ("organizations_url", "orgs"),
    ("repos_url", "repos"),
    ("events_url", "events{/privacy}"),
    ("received_events_url", "received_events"),
];

/// GitHub's further URLs of a repository.
const REPOSITORY_URLS: &[(&str, &str)] = &[
    ("archive_url", "{archive_format}{/ref}"),
    ("assignees_url", "assignees{/user}"),
    ("blobs_url", "git/blobs{/sha}"),
    ("branches_url", "branches{/branch}"),
    ("collaborators_url", "collaborators{/collaborator}"),
    ("comments_url", "comments{/number}"),
    ("commits_url", "commits{/sha}"),
    ("compare_url", "compare/{base}...{head}"),
    ("contents_url", "contents/{+path}"),
    ("contributors_url", "contributors"),
    ("deployments_url", "deployments"),
    ("downloads_url", "downloads"),
    ("events_url", "events"),
    ("forks_url", "forks"),
    ("git_commits_url", "git/commits{/sha}"),
    ("git_refs_url", "git/refs{/sha}"),
    ("git_tags_url", "git/tags{/sha}"),
    ("hooks_url", "hooks"),
    ("issue_comment_url", "issues/comments{/number}"),
    ("issue_events_url", "issues/events{/number}"),
    ("issues_url", "issues{/number}"),
    ("keys_url", "keys{/key_id}"),
    ("labels_url", "labels{/name}"),
    ("languages_url", "languages"),
    ("merges_url", "merges"),
    ("milestones_url", "milestones{/number}"),
    (
        "notifications_url",
        "notifications{?since,all,participating}",
    ),
    ("pulls_url", "pulls{/number}"),
    ("releases_url", "releases{/id}"),
    ("stargazers_url", "stargazers"),
    ("statuses_url", "statuses/{sha}"),
    ("subscribers_url", "subscribers"),
    ("subscription_url", "subscription"),
    ("tags_url", "tags"),
    ("teams_url", "teams"),
    ("trees_url", "git/trees{/sha}"),
];
