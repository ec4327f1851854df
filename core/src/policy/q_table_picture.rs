//! A table as a picture: for each trend and some forecasts a heat map over utilization and capacity.
//!
//! A cell has the colour of its best action, the stronger the more the others cost, and says what the best is expected to bring; it
//! is white where nothing was ever tried. A complete SVG document, the same bytes on every platform.

use super::q_table::{CAPACITIES, FORECASTS, QTable, TRENDS, UTILIZATIONS};
use std::fmt::Write as _;

const CELL: (f64, f64) = (44.0, 18.0);
const LEFT: f64 = 84.0;
const TOP: f64 = 64.0;
/// Space to the next panel, to the right and below.
const GAP: (f64, f64) = (16.0, 34.0);
const COLUMNS: usize = UTILIZATIONS.len() + 1;

/// Of scaling down, holding, scaling up.
const ACTIONS: [(&str, &str); 3] = [("scale down", "#2471a3"), ("hold", "#7f8c8d"), ("scale up", "#c0392b")];
const SHOWN_TRENDS: [&str; TRENDS.len() + 1] = ["load falls", "load is steady", "load rises"];
/// Bins of the forecast that are drawn: of much too little, of about as much as there is, of more.
const SHOWN_FORECASTS: [usize; 3] = [3, 8, 11];

impl QTable {
    /// A picture of the table: the best action of each state over utilization and capacity, for every trend and three forecasts.
    pub fn to_svg(&self) -> String {
        let panel = (CELL.0 * COLUMNS as f64, CELL.1 * CAPACITIES as f64);
        let width = LEFT + SHOWN_TRENDS.len() as f64 * (panel.0 + GAP.0);
        let height = TOP + SHOWN_FORECASTS.len() as f64 * (panel.1 + GAP.1) + 30.0;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#333\">\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
             <text x=\"{LEFT}\" y=\"18\">The best action of each state and what it is expected to bring; white: never tried</text>\n"
        );
        for (i, (name, colour)) in ACTIONS.iter().enumerate() {
            let x = width - 330.0 + 110.0 * i as f64;
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"8\" width=\"14\" height=\"12\" fill=\"{colour}\"/><text x=\"{}\" y=\"18\">{name}</text>",
                x + 20.0
            );
        }
        for (row, forecast) in SHOWN_FORECASTS.into_iter().enumerate() {
            let top = TOP + row as f64 * (panel.1 + GAP.1);
            for (column, trend) in SHOWN_TRENDS.into_iter().enumerate() {
                let left = LEFT + column as f64 * (panel.0 + GAP.0);
                let _ = writeln!(
                    svg,
                    "<text x=\"{left}\" y=\"{}\">{trend}, forecast {}</text>",
                    top - 6.0,
                    range(&FORECASTS, forecast.saturating_sub(1))
                );
                self.draw_panel(&mut svg, (left, top), column, forecast);
            }
            for capacity in 0..CAPACITIES {
                let label = match (1u64 << capacity, (2u64 << capacity) - 1) {
                    (first, _) if capacity + 1 == CAPACITIES => format!("from {first}"),
                    (first, last) if first == last => format!("{first}"),
                    (first, last) => format!("{first}–{last}"),
                };
                let y = top + CELL.1 * (capacity as f64 + 1.0) - 5.0;
                let _ =
                    writeln!(svg, "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{label}</text>", LEFT - 6.0);
            }
        }
        let bottom = height - 28.0;
        for column in 0..SHOWN_TRENDS.len() {
            let left = LEFT + column as f64 * (panel.0 + GAP.0);
            for bin in 0..COLUMNS {
                let x = left + CELL.0 * (bin as f64 + 0.5);
                let label = range(&UTILIZATIONS, bin);
                let _ = writeln!(
                    svg,
                    "<text x=\"{x}\" y=\"{bottom}\" font-size=\"9\" text-anchor=\"middle\">{label}</text>"
                );
            }
        }
        let _ = writeln!(
            svg,
            "<text x=\"{LEFT}\" y=\"{}\">across: share of the replicas that the load needs now; down: replicas asked for; forecast: share that it will need</text>\n</svg>",
            height - 8.0
        );
        svg
    }

    fn draw_panel(&self, svg: &mut String, (left, top): (f64, f64), trend: usize, forecast: usize) {
        for capacity in 0..CAPACITIES {
            for utilization in 0..COLUMNS {
                let values = self.actions(Self::state_of([utilization, capacity, trend, forecast]));
                let tried = ACTIONS.iter().zip(values).filter(|(_, value)| *value != 0.0);
                let best = tried.clone().max_by(|a, b| a.1.total_cmp(&b.1));
                let (x, y) = (left + CELL.0 * utilization as f64, top + CELL.1 * capacity as f64);
                let Some(((name, colour), value)) = best else {
                    let _ = writeln!(svg, "<path d=\"M{x} {y}h43v17h-43z\" fill=\"#fff\" stroke=\"#eee\"/>");
                    continue;
                };
                let others = tried.filter(|((other, _), _)| other != name).map(|(_, value)| value);
                let ahead = value - others.fold(value - 1.0, f64::max);
                let strength = 0.25 + 0.6 * ahead.clamp(0.0, 1.0);
                let _ = writeln!(
                    svg,
                    "<path d=\"M{x} {y}h43v17h-43z\" fill=\"{colour}\" fill-opacity=\"{strength:.2}\"/>\
                     <text x=\"{}\" y=\"{}\" font-size=\"10\" text-anchor=\"middle\">{}</text>",
                    x + 21.5,
                    y + 12.5,
                    short(value)
                );
            }
        }
    }
}

/// A bin by its ends.
fn range(ends: &[f64], bin: usize) -> String {
    match (bin.checked_sub(1).and_then(|before| ends.get(before)), ends.get(bin)) {
        (None, Some(end)) => format!("to {end}"),
        (Some(start), Some(end)) => format!("{start}–{end}"),
        (Some(start), None) => format!("over {start}"),
        (None, None) => String::new(),
    }
}

fn short(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if size >= 1e5 => format!("{size:.0e}"),
        _ if size >= 100.0 => format!("{size:.0}"),
        _ => format!("{size:.1}"),
    };
    if value < 0.0 { format!("−{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cell: [usize; 4], actions: [f64; 3]) -> QTable {
        let mut values = vec![0.0; QTable::LENGTH];
        let first = 3 * QTable::state_of(cell);
        values[first..first + 3].copy_from_slice(&actions);
        QTable::new(values).unwrap()
    }

    #[test]
    fn a_cell_has_the_colour_of_its_best_action_and_its_value() {
        let empty = QTable::default().to_svg();
        assert_eq!(empty.matches("stroke=\"#eee\"").count(), 7 * 8 * 9, "nothing was tried");
        let drawn = table([4, 3, 2, 8], [0.0, -30.0, -1.25]).to_svg();
        assert_eq!(drawn.matches("stroke=\"#eee\"").count(), 7 * 8 * 9 - 1);
        assert!(drawn.contains("fill=\"#c0392b\" fill-opacity=\"0.85\""), "up, by far");
        assert!(drawn.contains(">−1.2<"), "{drawn}");
        let alone = table([4, 3, 2, 8], [0.0, -30.0, 0.0]).to_svg();
        assert!(alone.contains("fill=\"#7f8c8d\" fill-opacity=\"0.85\"") && alone.contains(">−30.0<"));
        let close = table([4, 3, 2, 8], [-2.0, -2.5, 0.0]).to_svg();
        assert!(close.contains("fill=\"#2471a3\" fill-opacity=\"0.55\""), "{close}");
        let hidden = table([4, 3, 2, 7], [-2.0, -2.5, 0.0]).to_svg();
        assert_eq!(hidden, empty, "a forecast that is not drawn");
    }

    #[test]
    fn every_table_is_drawn_as_whole_text() {
        for value in [f64::MAX, f64::MIN, -1e-300, 5.0] {
            let svg = QTable::new(vec![value; QTable::LENGTH]).unwrap().to_svg();
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{value}");
        }
    }
}
