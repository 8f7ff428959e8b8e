//! The poll loop against a scripted source on a virtual clock: what is asked,
//! in which order, and what is made of failures. No socket, no real time.

mod budget;
mod conditional;
mod cycle;
mod deliveries;
mod faults;
mod limits;
mod outage;
mod past;
mod repos;
mod rotation;
mod stage;
