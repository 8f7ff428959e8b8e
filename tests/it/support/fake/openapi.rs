//! GitHub's own description of its API as the judge of both sides: the
//! fake's answers and the client's requests.
//!
//! The description is OpenAPI 3.0, whose `nullable` JSON Schema ignores; it
//! is rewritten first. Its one example of a token is shortened.

use std::sync::{LazyLock, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};

const TEXT: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/github/github-actions.openapi.json"
));

static DESCRIPTION: LazyLock<OpenApi> = LazyLock::new(|| OpenApi::parse(TEXT));

/// The description, read once.
pub(crate) fn description() -> &'static OpenApi {
    &DESCRIPTION
}

/// All operations of the description.
#[derive(Debug)]
pub(crate) struct OpenApi {
    operations: Vec<Operation>,
}

/// One operation: a method on a path with holes.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    method: String,
    path: Vec<String>,
    query: Vec<Parameter>,
    /// The schema of its 200 or 201 with everything that it refers to.
    schema: Value,
    validator: OnceLock<Validator>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    schema: Value,
}

impl OpenApi {
    fn parse(text: &str) -> Self {
        let mut document: Value = serde_json::from_str(text).expect("the description is JSON");
        make_nullable(&mut document);
        let paths = document["paths"].as_object().expect("paths");
        let operations = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").iter();
            let methods = methods.filter(|(_, operation)| operation.get("operationId").is_some());
            methods.map(|(method, operation)| Operation::of(&document, path, method, operation))
        });
        Self {
            operations: operations.collect(),
        }
    }

    /// The operation that a request is, a literal path before one with holes.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
        let fitting = self.operations.iter().filter(|operation| {
            operation.method.eq_ignore_ascii_case(method) && operation.fits(&parts)
        });
        fitting.min_by_key(|operation| operation.path.iter().filter(|part| is_hole(part)).count())
    }

    /// What is wrong with a request.
    pub(crate) fn request_faults(&self, method: &str, path: &str, query: &str) -> Vec<String> {
        let Some(operation) = self.operation(method, path) else {
            return vec![format!(
                "no operation of GitHub's description: {method} {path}"
            )];
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let wrong = pairs.filter_map(|pair| operation.parameter_fault(pair));
        wrong
            .map(|fault| format!("{method} {path}: {fault}"))
            .collect()
    }
}

impl Operation {
    fn of(document: &Value, path: &str, method: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array();
        let query = parameters.into_iter().flatten().filter_map(|parameter| {
            let parameter = resolve(document, parameter);
            (parameter["in"] == "query").then(|| Parameter {
                name: parameter["name"].as_str().expect("a name").to_owned(),
                schema: parameter["schema"].clone(),
            })
        });
        let responses = &operation["responses"];
        let good = ["200", "201"].map(|status| &responses[status]);
        let good = good.into_iter().find(|response| !response.is_null());
        let response =
            good.map(|good| &resolve(document, good)["content"]["application/json"]["schema"]);
        Self {
            id: operation["operationId"].as_str().expect("an id").to_owned(),
            method: method.to_owned(),
            path: path
                .trim_start_matches('/')
                .split('/')
                .map(str::to_owned)
                .collect(),
            query: query.collect(),
            schema: json!({ "allOf": [response], "components": document["components"] }),
            validator: OnceLock::new(),
        }
    }

    fn fits(&self, parts: &[&str]) -> bool {
        let fit = |(own, part): (&String, &&str)| own == part || is_hole(own) && !part.is_empty();
        self.path.len() == parts.len() && self.path.iter().zip(parts).all(fit)
    }

    fn parameter_fault(&self, pair: &str) -> Option<String> {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(parameter) = self.query.iter().find(|known| known.name == name) else {
            return Some(format!("unknown query parameter `{name}`"));
        };
        let fits = match parameter.schema["type"].as_str() {
            Some("integer") => value.parse::<i64>().is_ok(),
            Some("boolean") => ["true", "false"].contains(&value),
            _ => parameter.schema["enum"]
                .as_array()
                .is_none_or(|known| known.iter().any(|known| known == value)),
        };
        (!fits).then(|| format!("`{value}` is no value of query parameter `{name}`"))
    }

    /// What is wrong with the body of a 200.
    pub(crate) fn body_faults(&self, body: &str) -> Vec<String> {
        let value: Value = match serde_json::from_str(body) {
            Ok(value) => value,
            Err(error) => return vec![format!("{}: the body is no JSON: {error}", self.id)],
        };
        let validator = self.validator.get_or_init(|| {
            let options = jsonschema::options().should_validate_formats(true);
            options
                .build(&self.schema)
                .expect("the description's schemas compile")
        });
        let errors = validator.iter_errors(&value).take(5);
        errors
            .map(|error| format!("{}: at `{}`: {error}", self.id, error.instance_path()))
            .collect()
    }
}

fn is_hole(part: &str) -> bool {
    part.starts_with('{')
}

/// Follows a `$ref` inside the document.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|at| at.strip_prefix('#'));
    target.map_or(value, |at| document.pointer(at).expect("a target"))
}

/// Rewrites `nullable: true` into what JSON Schema understands.
fn make_nullable(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("nullable") == Some(&Value::Bool(true)) {
                if let Some(kind) = object.get_mut("type") {
                    *kind = json!([kind.clone(), "null"]);
                }
                if let Some(Value::Array(known)) = object.get_mut("enum") {
                    known.push(Value::Null);
                }
                if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
                    choices.push(json!({ "type": "null" }));
                }
            }
            object.values_mut().for_each(make_nullable);
        }
        Value::Array(items) => items.iter_mut().for_each(make_nullable),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
