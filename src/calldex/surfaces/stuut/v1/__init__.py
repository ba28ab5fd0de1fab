"""Stuut v1: what may be asked (params), what comes in (parse), what goes out (render), and who answers (handlers)."""
