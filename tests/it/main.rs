//! The tests that see `runner-desync` from outside: the binary, against a
//! fake GitHub over real sockets. One test binary; what the test files share
//! is in `support`.

mod apart;
mod bundle;
mod busy;
mod check;
mod churn;
mod cost;
mod credentials;
mod damage;
mod deliveries;
mod demo;
mod doctor;
mod ends;
mod endurance;
mod errors;
mod fake_self_test;
mod faults;
mod github;
mod hook;
mod hostile;
mod kill;
mod manual;
mod metrics;
mod nagios;
mod readme;
mod report;
mod scan;
mod scopes;
mod speed;
mod support;
mod tidy;
mod usage;
mod vanished;
mod watch;
