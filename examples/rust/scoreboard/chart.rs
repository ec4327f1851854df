//! The share of the gap that is closed, as a chart: a line for each load, a dot for each start-up time.

use crate::cell::Cell;
use crate::tables::signed;
use std::fmt::Write as _;

const WIDTH: f64 = 1040.0;
const LEFT: f64 = 250.0;
const RIGHT: f64 = 900.0;
const TOP: f64 = 64.0;
/// Height of a line of dots.
const LINE: f64 = 16.0;
/// What lies further left is drawn at the edge, with its number.
const LOWEST: f64 = -1.0;

const STYLE: &str = "svg{--ink:#1c2733;--quiet:#5b6875;--grid:#e3e7eb;--paper:#fff;--alarm:#c62828;font:13px system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif}\
.c0{--c:#6aa8ff}.c1{--c:#1565d8}.c2{--c:#0b2f6b}\
@media(prefers-color-scheme:dark){svg{--ink:#e6eaee;--quiet:#9aa7b3;--grid:#2b343d;--paper:#12171c;--alarm:#ff6b62}.c0{--c:#2f6db5}.c1{--c:#6aa8ff}.c2{--c:#cfe2ff}}\
.paper{fill:var(--paper)}text{fill:var(--quiet)}.title{fill:var(--ink);font-weight:600}.end{text-anchor:end}.middle{text-anchor:middle}\
.grid{stroke:var(--grid)}.base{stroke:var(--quiet)}.goal{stroke:var(--quiet);stroke-dasharray:4 3}.dot{fill:var(--c)}.spread{stroke:var(--c);stroke-width:2}.name{fill:var(--c);font-weight:600}";

/// The chart as an SVG file.
pub fn gaps(cells: &[Cell]) -> String {
    let mut start_ups: Vec<f64> = cells.iter().map(|cell| cell.start_up_seconds).collect();
    start_ups.sort_by(f64::total_cmp);
    start_ups.dedup();
    let mut loads: Vec<&str> = cells.iter().map(|cell| cell.load.as_str()).collect();
    loads.dedup();
    let room = LINE * start_ups.len() as f64 + 14.0;
    let bottom = TOP + room * loads.len() as f64;
    let mut body = String::new();
    for tick in [-1.0, -0.5, 0.0, 0.5, 1.0] {
        let (x, class) = (
            at(tick),
            if tick == 0.0 {
                "base"
            } else if tick == 0.5 {
                "goal"
            } else {
                "grid"
            },
        );
        let _ = write!(
            body,
            "<path class=\"{class}\" d=\"M{x:.1} {}V{bottom}\"/><text class=\"middle\" x=\"{x:.1}\" y=\"{}\">{}</text>",
            TOP - 4.0,
            bottom + 18.0,
            signed(tick)
        );
    }
    let _ = write!(
        body,
        "<text class=\"title\" x=\"16\" y=\"22\">Share of the gap between the best HPA in hindsight (0) and the oracle (1) that predictive closes, with its defaults</text>\
         <text class=\"middle\" x=\"{:.1}\" y=\"{}\">behind the best HPA</text><text class=\"middle\" x=\"{:.1}\" y=\"{}\">ahead</text>",
        at(-0.5),
        bottom + 36.0,
        at(0.5),
        bottom + 36.0
    );
    let mut legend = LEFT;
    for (place, start_up) in start_ups.iter().enumerate() {
        let label = format!("start-up {start_up} s");
        let _ = write!(
            body,
            "<g class=\"c{}\"><circle class=\"dot\" cx=\"{legend}\" cy=\"42\" r=\"5\"/><text class=\"name\" x=\"{}\" y=\"46\">{label}</text></g>",
            place % 3,
            legend + 10.0
        );
        legend += 8.0 * label.len() as f64 + 40.0;
    }
    for (place, load) in loads.iter().enumerate() {
        let top = TOP + room * place as f64;
        let middle = top + 0.5 * room + 4.0;
        let _ = write!(
            body,
            "<text class=\"end title\" x=\"{}\" y=\"{middle:.1}\">{}</text>",
            LEFT - 16.0,
            escape(load)
        );
        for cell in cells.iter().filter(|cell| cell.load == *load) {
            let rank = start_ups.iter().position(|start_up| *start_up == cell.start_up_seconds).unwrap_or(0);
            dot(&mut body, cell, top + 7.0 + LINE * (rank as f64 + 0.5), rank % 3);
        }
        let _ = write!(body, "<path class=\"grid\" d=\"M16 {:.1}H{}\"/>", top + room, WIDTH - 16.0);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"Share of the gap closed, by load and start-up time\">\
         <style>{STYLE}</style><rect class=\"paper\" width=\"100%\" height=\"100%\"/>{body}</svg>\n",
        bottom + 48.0
    )
}

fn dot(body: &mut String, cell: &Cell, y: f64, colour: usize) {
    let label = RIGHT + 12.0;
    let Some(gap) = cell.gap_closed() else {
        let why = if cell.runs.iter().any(|run| run.tuned.is_none()) {
            "no HPA serves as well"
        } else {
            "HPA below oracle"
        };
        let _ = write!(body, "<text x=\"{label}\" y=\"{:.1}\">{why}</text>", y + 4.0);
        return;
    };
    let (low, high) = cell.range(|run| run.gap_closed).unwrap_or((gap, gap));
    let _ = write!(
        body,
        "<g class=\"c{colour}\"><path class=\"spread\" d=\"M{:.1} {y:.1}H{:.1}\"/><circle class=\"dot\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5\"/></g><text x=\"{label}\" y=\"{:.1}\">{}</text>",
        at(low),
        at(high),
        at(gap),
        y + 4.0,
        signed(gap)
    );
}

fn at(gap: f64) -> f64 {
    LEFT + (gap.clamp(LOWEST, 1.0) - LOWEST) / (1.0 - LOWEST) * (RIGHT - LEFT)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
