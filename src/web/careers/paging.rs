//! A long list cut into pages.

use crate::careers::Filters;

/// A page of a list, with the addresses of its neighbors.
pub struct Pages {
    /// Rows on all pages.
    pub total: usize,
    /// This page, from 1.
    pub page: usize,
    pub pages: usize,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Pages {
    pub fn new(base: &str, filters: &Filters, total: usize, page: usize, pages: usize) -> Pages {
        let to = |page| format!("{base}?{}", Filters { page, ..filters.clone() });
        Pages {
            total,
            page,
            pages,
            before: (page > 1).then(|| to(page - 1)),
            after: (page < pages).then(|| to(page + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_link_to_their_neighbors_and_keep_the_filters() {
        let filters = Filters { query: "nurse".into(), page: 2, ..Filters::default() };
        let pages = Pages::new("/careers", &filters, 60, 2, 3);
        assert_eq!(pages.before.as_deref(), Some("/careers?q=nurse"));
        assert_eq!(pages.after.as_deref(), Some("/careers?q=nurse&page=3"));
        assert!(Pages::new("/careers", &filters, 60, 3, 3).after.is_none());
    }
}
